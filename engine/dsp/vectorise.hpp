// TALKBACK_VECTORISE before a function: it is compiled for 128-bit vectors, for 256-bit ones and for processors with
// AVX-512 (more registers, masks, 64-bit multiplications), and the processor decides.
//
// All give the same bits: none contracts a multiplication with an addition, nor reorders a sum. For loops over samples
// that do the same to each. Sanitizers run before such a choice can be made, and get one version.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define TALKBACK_VECTORISE __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define TALKBACK_VECTORISE
#endif
