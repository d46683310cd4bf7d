import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * Events a sender and minute, exactly once: decode, validate, count, emit when the window closes.
 *
 * <p>A MiniCluster of two slots; the event time is the records' timestamp, so that none is parsed.
 */
public final class Count {
    private static final AtomicBoolean READING = new AtomicBoolean();

    public static void main(String[] args) throws Exception {
        String bootstrap = args[0], topic = args[1], out = args[2];
        StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(2);
        flink.enableCheckpointing(1000, CheckpointingMode.EXACTLY_ONCE);
        flink.getConfig().enableObjectReuse();

        KafkaSource<String> source = KafkaSource.<String>builder()
                .setBootstrapServers(bootstrap)
                .setTopics(topic)
                .setGroupId("flink-" + topic)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setValueOnlyDeserializer(new SenderSchema())
                .build();
        KafkaSink<String> sink = KafkaSink.<String>builder()
                .setBootstrapServers(bootstrap)
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix("flink-" + topic)
                .setProperty("transaction.timeout.ms", "600000")
                .setRecordSerializer(KafkaRecordSerializationSchema.<String>builder()
                        .setTopic(out)
                        .setValueSerializationSchema(new SimpleStringSchema())
                        .build())
                .build();
        flink.fromSource(
                        source,
                        WatermarkStrategy.forBoundedOutOfOrderness(Duration.ofSeconds(10)),
                        "events")
                .keyBy(sender -> sender)
                .window(TumblingEventTimeWindows.of(Duration.ofSeconds(60)))
                .aggregate(new Events(), new Line())
                .sinkTo(sink);
        flink.execute();
    }

    private static final class SenderSchema extends AbstractDeserializationSchema<String> {
        private static final ObjectMapper JSON = new ObjectMapper();

        @Override
        public String deserialize(byte[] value) {
            if (READING.compareAndSet(false, true)) {
                System.out.println("{\"at\": \"reading\"}");
                System.out.flush();
            }
            try {
                JsonNode event = JSON.readTree(value);
                JsonNode sender = event.path("sender").path("id");
                boolean valid = sender.isTextual() && event.path("event_time").isTextual()
                        && event.path("event_id").isTextual();
                return valid ? sender.textValue() : null;
            } catch (IOException error) {
                return null;
            }
        }
    }

    private static final class Events implements AggregateFunction<String, Long, Long> {
        @Override
        public Long createAccumulator() {
            return 0L;
        }

        @Override
        public Long add(String sender, Long events) {
            return events + 1;
        }

        @Override
        public Long getResult(Long events) {
            return events;
        }

        @Override
        public Long merge(Long one, Long other) {
            return one + other;
        }
    }

    private static final class Line
            extends ProcessWindowFunction<Long, String, String, TimeWindow> {
        @Override
        public void process(
                String sender, Context context, Iterable<Long> events, Collector<String> out) {
            out.collect(context.window().getStart() + "," + events.iterator().next() + "," + sender);
        }
    }
}
