/* Logarithms, powers and the gamma function: plain arithmetic, so that no bit of a result depends on
   the processor, the C library or the place in an array. Errors are below one unit in the last place
   (ln, ex), a few units (ln_1p), and 4e-15 (ln_gamma, absolute below 10). After fdlibm's formulas. */

#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define INFINITE __builtin_inf()

static inline i8 bits_of(f8 x)
{
    i8 bits;
    __builtin_memcpy(&bits, &x, 8);
    return bits;
}

static inline f8 of_bits(i8 bits)
{
    f8 x;
    __builtin_memcpy(&x, &bits, 8);
    return x;
}

static inline f8 smaller(f8 x, f8 y) { return x < y ? x : y; }
static inline f8 larger(f8 x, f8 y) { return x > y ? x : y; }

/* Whole part of the binary logarithm of a number above 0. */
static inline i8 octave(f8 x) { return (bits_of(x) >> 52) - 1023; }

/* A whole number from 0 to 2^52 - 1: by its bits, as two of them at once can be, unlike a cast. */
static inline f8 number_of(uint64_t x) { return of_bits((i8)(x | 0x4330000000000000ULL)) - 0x1p52; }

static inline f8 ln(f8 x)
{
    uint64_t bits = (uint64_t)bits_of(x), fraction = bits & 0x000FFFFFFFFFFFFFULL;
    uint64_t carry = (fraction + 0x95F6400000000ULL) & 0x10000000000000ULL;
    f8 f = of_bits((i8)(fraction | (carry ^ 0x3FF0000000000000ULL))) - 1.0;
    f8 power = number_of((bits >> 52) + (carry >> 52)) - 1023.0;
    f8 s = f / (2.0 + f), z = s * s, w = z * z, half = 0.5 * f * f;
    f8 odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01
        + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    f8 even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01
        + w * 1.531383769920937332e-01));
    f8 low = s * (half + (odd + even)) + power * LN2_LOW;
    f8 found = power * LN2_HIGH - ((half - low) - f);
    found = x > 1.797e308 ? x : found;
    return x > 0.0 ? found : x == 0.0 ? -INFINITE : x;
}

static inline f8 ex(f8 x)
{
    f8 held = larger(smaller(x, 709.0), -745.0);
    f8 raised = held * 1.44269504088896338700e+00 + 6755399441055744.0;
    f8 power = raised - 6755399441055744.0;
    f8 high = held - power * LN2_HIGH, low = power * LN2_LOW, r = high - low, t = r * r;
    f8 c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03
        + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06
        + t * 4.13813679705723846039e-08))));
    f8 found = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    /* The power again, from its bits, and 2048 more; halves of it would be too large by 1024. */
    uint64_t whole = (uint64_t)bits_of(raised) - 0x4338000000000000ULL + 2048, half = whole >> 1;
    found = found * of_bits((i8)((half - 1) << 52)) * of_bits((i8)((whole - half - 1) << 52));
    found = x < -745.0 ? 0.0 : found;
    return x > 709.0 ? INFINITE : found;
}

/* ln(1 + x), x >= 0. */
static inline f8 ln_1p(f8 x)
{
    f8 sum = 1.0 + x, lost = x - (sum - 1.0);
    f8 found = ln(sum) + (x > 1e15 ? 0.0 : lost / sum);
    return x < 1e-16 ? x : found;
}

static inline f8 root(f8 x) { return __builtin_sqrt(x); }

/* The nearest whole number, the even one of two, of a number from 0 to 2^51. */
static inline f8 nearest(f8 x)
{
    return x < 2251799813685248.0 ? (x + 6755399441055744.0) - 6755399441055744.0 : x;
}

/* ln of the gamma function, x > 0: Stirling's series at 8 or above. */
static inline f8 ln_gamma(f8 x)
{
    f8 below = 1.0;
    while (x < 8.0) {
        below *= x;
        x += 1.0;
    }
    f8 y = 1.0 / x, z = y * y;
    f8 series = y * (8.33333333333333333e-02 + z * (-2.77777777777777778e-03
        + z * (7.93650793650793651e-04 + z * (-5.95238095238095238e-04
        + z * (8.41750841750841751e-04 + z * (-1.91752691752691753e-03
        + z * (6.41025641025641026e-03 - z * 2.95506535947712418e-02)))))));
    return (x - 0.5) * ln(x) - x + 0.918938533204672742 + series - ln(below);
}
