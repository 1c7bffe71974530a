#pragma once
// What Swift's SIMD types lack: a vector square root, conversions, shuffles, and a fused multiply-add that never becomes a library
// call.
typedef float vec_f32x16 __attribute__((ext_vector_type(16)));  // imports as SIMD16<Float>

static inline __attribute__((always_inline)) vec_f32x16 vec_sqrt(vec_f32x16 x) { return __builtin_elementwise_sqrt(x); }

static inline __attribute__((always_inline)) vec_f32x16 vec_fma(vec_f32x16 a, vec_f32x16 b, vec_f32x16 c) {
#if defined(__FMA__)
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;  // without the instruction fmaf() is a library call per lane
#endif
}

// Tells the processor that this thread is waiting for another.
static inline __attribute__((always_inline)) void vec_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Asks for a line of memory ahead of its use.
static inline __attribute__((always_inline)) void vec_prefetch(const float *address) { __builtin_prefetch(address); }

// Between integers and floats, toward zero: the standard library's conversions go lane by lane.
typedef int vec_i32x16 __attribute__((ext_vector_type(16)));  // imports as SIMD16<Int32>
static inline __attribute__((always_inline)) vec_f32x16 vec_float(vec_i32x16 x) {
    return __builtin_convertvector(x, vec_f32x16);
}
static inline __attribute__((always_inline)) vec_i32x16 vec_integer(vec_f32x16 x) {
    return __builtin_convertvector(x, vec_i32x16);
}

// To double precision.
typedef float vec_f32x8 __attribute__((ext_vector_type(8)));    // imports as SIMD8<Float>
typedef double vec_f64x8 __attribute__((ext_vector_type(8)));   // imports as SIMD8<Double>
static inline __attribute__((always_inline)) vec_f64x8 vec_double(vec_f32x8 x) {
    return __builtin_convertvector(x, vec_f64x8);
}

// The upper halves of the 64-bit products of unsigned lanes with a number: even and odd lanes are multiplied in turn.
typedef unsigned vec_u32x16 __attribute__((ext_vector_type(16)));  // imports as SIMD16<UInt32>
typedef unsigned long long vec_u64x8 __attribute__((ext_vector_type(8)));
static inline __attribute__((always_inline)) vec_u32x16 vec_multiply_high(vec_u32x16 x, unsigned factor) {
    vec_u64x8 even = ((vec_u64x8)x & 0xffffffffull) * (unsigned long long)factor;
    vec_u64x8 odd = ((vec_u64x8)x >> 32) * (unsigned long long)factor;
    return (vec_u32x16)((even >> 32) | (odd & 0xffffffff00000000ull));
}

// One bit per lane, the first lowest: whether it is below a bound.
typedef _Bool vec_bool16 __attribute__((ext_vector_type(16)));
static inline __attribute__((always_inline)) unsigned short vec_mask_below(vec_u32x16 x, unsigned bound) {
    vec_bool16 below = __builtin_convertvector(x < bound, vec_bool16);
    unsigned short mask;
    __builtin_memcpy(&mask, &below, sizeof mask);
    return mask;
}

// The lanes of two vectors by turns: of their lower halves, of their upper halves.
static inline __attribute__((always_inline)) vec_f32x16 vec_interleave_low(vec_f32x16 a, vec_f32x16 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
static inline __attribute__((always_inline)) vec_f32x16 vec_interleave_high(vec_f32x16 a, vec_f32x16 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// The widest vector extension that this build may use: bytes depend on it, so it belongs to every cache key.
static inline const char *vec_extension(void) {
#if defined(__AVX512F__)
    return "avx512";
#elif defined(__AVX2__) && defined(__FMA__)
    return "avx2+fma";
#elif defined(__aarch64__)
    return "neon";
#else
    return "baseline";
#endif
}

// Whether there are 32 registers of sixteen floats: a tile of 13 rows by two vectors lives in them.
static inline int vec_has_wide_registers(void) {
#if defined(__AVX512F__)
    return 1;
#else
    return 0;
#endif
}
