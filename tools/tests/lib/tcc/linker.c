/* SPDX-License-Identifier: MIT */
/* What libc/user.ld says of a program that has no thread-local variables, for tcc as the linker. */
__asm__(".globl __tls_memsz, __tls_filesz, __tls_align, __tls_image\n"
	"__tls_memsz = 0\n"
	"__tls_filesz = 0\n"
	"__tls_align = 1\n"
	"__tls_image = 0\n");

char __tls_first[1024] __attribute__((aligned(64)));
