// LAPACK and BLAS as OpenBLAS has them: Fortran symbols, column-major matrices, arguments by address,
// the lengths of character arguments at the end. Distributions package OpenBLAS without LAPACKE, and
// these few declarations are all that is needed.
#ifndef HEBB_CLAPACK_SHIM_H
#define HEBB_CLAPACK_SHIM_H

#include <stddef.h>

// Eigenvalues and eigenvectors of a symmetric matrix.
void ssyevd_(const char *job, const char *uplo, const int *n, float *a, const int *lda, float *w,
             float *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);
void dsyevd_(const char *job, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);

// Eigenvalues and right eigenvectors of a general matrix.
void sgeev_(const char *left, const char *right, const int *n, float *a, const int *lda, float *wr,
            float *wi, float *vl, const int *ldvl, float *vr, const int *ldvr, float *work,
            const int *lwork, int *info, size_t, size_t);
void dgeev_(const char *left, const char *right, const int *n, double *a, const int *lda, double *wr,
            double *wi, double *vl, const int *ldvl, double *vr, const int *ldvr, double *work,
            const int *lwork, int *info, size_t, size_t);

// Singular values and vectors, by divide and conquer.
void sgesdd_(const char *job, const int *m, const int *n, float *a, const int *lda, float *s, float *u,
             const int *ldu, float *vt, const int *ldvt, float *work, const int *lwork, int *iwork,
             int *info, size_t);
void dgesdd_(const char *job, const int *m, const int *n, double *a, const int *lda, double *s,
             double *u, const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork,
             int *iwork, int *info, size_t);

// Householder factorization, and Q from its reflections.
void sgeqrf_(const int *m, const int *n, float *a, const int *lda, float *tau, float *work,
             const int *lwork, int *info);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *lwork, int *info);
void sorgqr_(const int *m, const int *n, const int *k, float *a, const int *lda, const float *tau,
             float *work, const int *lwork, int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau,
             double *work, const int *lwork, int *info);

// Cholesky factorization.
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info, size_t);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);

// Gauss's elimination with row exchanges, and the solution with its factors.
void sgetrf_(const int *m, const int *n, float *a, const int *lda, int *pivots, int *info);
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivots, int *info);
void sgetrs_(const char *trans, const int *n, const int *nrhs, const float *a, const int *lda,
             const int *pivots, float *b, const int *ldb, int *info, size_t);
void dgetrs_(const char *trans, const int *n, const int *nrhs, const double *a, const int *lda,
             const int *pivots, double *b, const int *ldb, int *info, size_t);

// Triangular systems.
void strsm_(const char *side, const char *uplo, const char *trans, const char *diagonal, const int *m,
            const int *n, const float *alpha, const float *a, const int *lda, float *b, const int *ldb,
            size_t, size_t, size_t, size_t);
void dtrsm_(const char *side, const char *uplo, const char *trans, const char *diagonal, const int *m,
            const int *n, const double *alpha, const double *a, const int *lda, double *b,
            const int *ldb, size_t, size_t, size_t, size_t);

// The matrix product.
void dgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
            const double *beta, double *c, const int *ldc, size_t, size_t);

// OpenBLAS's own: how it was built (0: one thread only, 1: threads of its own, 2: OpenMP), its
// description, and how many threads of its own it uses.
int openblas_get_parallel(void);
char *openblas_get_config(void);
void openblas_set_num_threads(int threads);

#endif
