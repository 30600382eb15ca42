; SPDX-License-Identifier: MIT
;
; The loops that touch user memory.  Each instruction that may fault has a line
; in __ex_table: { faulting address, where to go on }.  Eight bytes a step, the
; rest one by one.

EFAULT		equ 14

global uaccess_copy
global uaccess_copy_words
global uaccess_touch
global uaccess_strncpy
global uaccess_try_read
global uaccess_try_read.access
global uaccess_try_write
global uaccess_try_write.access

%macro EX_ENTRY 2
section __ex_table progbits alloc noexec nowrite align=8
	dq %1, %2
section .text
%endmacro

section .text

; int uaccess_copy(void *dst, const void *src, size_t n)
align 16
uaccess_copy:
	stac
	mov rcx, rdx
	shr rcx, 3
.words:
	rep movsq
	mov ecx, edx
	and ecx, 7
.bytes:
	rep movsb
	clac
	xor eax, eax
	ret
EX_ENTRY uaccess_copy.words, fault
EX_ENTRY uaccess_copy.bytes, fault

; int uaccess_copy_words(void *dst, const void *src, size_t n): n words of 8 bytes
align 16
uaccess_copy_words:
	stac
	mov rcx, rdx
.words:
	rep movsq
	clac
	xor eax, eax
	ret
EX_ENTRY uaccess_copy_words.words, fault

; int uaccess_touch(void *addr, size_t n): writes the first and the last byte, unchanged
align 16
uaccess_touch:
	stac
.first:
	lock or byte [rdi], 0
.last:
	lock or byte [rdi + rsi - 1], 0
	clac
	xor eax, eax
	ret
EX_ENTRY uaccess_touch.first, fault
EX_ENTRY uaccess_touch.last, fault

; long uaccess_strncpy(char *dst, const char *src, size_t max): length, or max without a NUL
align 16
uaccess_strncpy:
	stac
	xor eax, eax
.next:
	cmp rax, rdx
	je .done
.load:
	mov cl, [rsi + rax]
	mov [rdi + rax], cl
	test cl, cl
	jz .done
	inc rax
	jmp .next
.done:
	clac
	ret
EX_ENTRY uaccess_strncpy.load, fault

fault:
	clac
	mov rax, -EFAULT
	ret

; int uaccess_try_read(u64 addr): whether a byte can be read there; interrupts off
align 16
uaccess_try_read:
	bt rdi, 63
	jc .access ; the kernel's own: as it accesses it itself
	stac
.access:
	mov al, [rdi]
	clac
	mov eax, 1
	ret
EX_ENTRY uaccess_try_read.access, refused

; int uaccess_try_write(u64 addr): whether a byte can be written there, which stays as it is
align 16
uaccess_try_write:
	stac
.access:
	lock or byte [rdi], 0
	clac
	mov eax, 1
	ret
EX_ENTRY uaccess_try_write.access, refused

refused:
	clac
	xor eax, eax
	ret
