# One image for every process: the compose file says which command each container runs.
FROM python:3.11.14-slim-bookworm AS build

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

RUN python -m venv /opt/weathervane
ENV PATH=/opt/weathervane/bin:$PATH
WORKDIR /src

# The dependencies first: a change to the code alone does not fetch them again.
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt

# Built with the locked setuptools and compiler of the line above, so that nothing unlocked gets in.
COPY pyproject.toml setup.py README.md LICENSE CONTRIBUTING.md CHANGELOG.md ./
COPY detectors ./detectors
COPY docs ./docs
COPY operations/README.md ./operations/README.md
COPY benchmarks/README.md ./benchmarks/README.md
COPY streams ./streams
RUN pip install --no-deps --no-build-isolation . \
    && pip uninstall --yes ziglang setuptools

# What runs holds neither the compiler nor the sources.
FROM python:3.11.14-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/weathervane/bin:$PATH

COPY --from=build /opt/weathervane /opt/weathervane

# A new volume takes its owner from the directory under it: without this it is root's,
# and detect could not write its state.
RUN groupadd --gid 10001 weathervane \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin weathervane \
    && install -d -o weathervane -g weathervane \
        /var/lib/weathervane /var/lib/weathervane/.weathervane

USER 10001:10001
# `weathervane.toml` and `data_dir` are looked for here.
WORKDIR /var/lib/weathervane

ENTRYPOINT ["weathervane"]
CMD ["--help"]
