#pragma once
// What Swift's SIMD types lack: a vector square root, and a fused multiply-add that never becomes a library call.
typedef float vec_f32x16 __attribute__((ext_vector_type(16)));  // imports as SIMD16<Float>

static inline __attribute__((always_inline)) vec_f32x16 vec_sqrt(vec_f32x16 x) { return __builtin_elementwise_sqrt(x); }

static inline __attribute__((always_inline)) vec_f32x16 vec_fma(vec_f32x16 a, vec_f32x16 b, vec_f32x16 c) {
#if defined(__FMA__)
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;  // without the instruction fmaf() is a library call per lane
#endif
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
