/* peek.c - see peek.h. */
#include "exec/peek.h"

#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#include "recorder/recorder.h"
#include "recorder/sys.h"

bool peek(void *to, const void *from, size_t n)
{
	struct iovec l = {to, n}, r = {(void *)from, n};

	return recorder_may_call() &&
	       sys6(SYS_process_vm_readv, sys0(SYS_getpid), (long)&l, 1, (long)&r, 1, 0) == (long)n;
}

/* Page by page: the string may end where the memory does. */
bool peek_string(char *to, size_t size, const char *from)
{
	size_t used = 0;

	while (used < size) {
		size_t n = 4096 - ((uintptr_t)(from + used) & 4095);

		n = n < size - used ? n : size - used;
		if (!peek(to + used, from + used, n))
			return false;
		if (memchr(to + used, 0, n))
			return true;
		used += n;
	}
	return false;
}
