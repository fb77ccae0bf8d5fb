/* SPDX-License-Identifier: MIT */
/*
 * Stands in for libgit2, by which Criterion shows how two texts differ. It
 * drags in eighteen libraries and reads the machine's certificates, in the
 * process of each test: two thirds of what a test takes. REAL is loaded where
 * texts do differ.
 */
#include <dlfcn.h>
#include <stddef.h>

int git_libgit2_init(void);
int git_libgit2_shutdown(void);
int git_diff_buffers(const void *old, size_t old_size, const char *old_path,
		     const void *new, size_t new_size, const char *new_path,
		     const void *options, void *file, void *binary, void *hunk,
		     void *line, void *arg);

#pragma GCC visibility push(default)

int git_libgit2_init(void)
{
	return 1;
}

int git_libgit2_shutdown(void)
{
	return 0;
}

int git_diff_buffers(const void *old, size_t old_size, const char *old_path,
		     const void *new, size_t new_size, const char *new_path,
		     const void *options, void *file, void *binary, void *hunk,
		     void *line, void *arg)
{
	void *real = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
	int (*init)(void);
	int (*diff)(const void *, size_t, const char *, const void *, size_t,
		    const char *, const void *, void *, void *, void *, void *,
		    void *);

	if (!real)
		return -1;
	*(void **)&init = dlsym(real, "git_libgit2_init");
	*(void **)&diff = dlsym(real, "git_diff_buffers");
	init();
	return diff(old, old_size, old_path, new, new_size, new_path, options,
		    file, binary, hunk, line, arg);
}
