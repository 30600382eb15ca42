; SPDX-License-Identifier: MIT
;
; Every way from user mode, or from an interrupted kernel, into C and back.
; All build the same struct pt_regs (regs.h).  Whichever way came in: AC and DF
; are clear (SMAP closed) and GS points to this CPU's cpu_local.
;
;   system call      the thread's kernel stack, from cpu_local.kernel_rsp
;   exception, IRQ   the same stack (TSS.rsp0), or wherever the kernel was
;   #DB NMI #DF #MC  their own IST stack, since they may come between any two
;                    instructions; from user mode they move to the thread's

; struct pt_regs, in words from the bottom
%define REGS_R11	6 * 8
%define REGS_RCX	11 * 8
%define REGS_VECTOR	15 * 8
%define REGS_RIP	17 * 8
%define REGS_CS		18 * 8
%define REGS_RFLAGS	19 * 8
%define REGS_RSP	20 * 8
%define REGS_WORDS	22

; struct cpu_local
%define CPU_KERNEL_RSP	8
%define CPU_USER_RSP	16

USER_DS		equ 0x1b
USER_CS		equ 0x23
TASK_SIZE	equ 0x7ffffffff000
FLAGS_TF_RF	equ 0x10100
MSR_GS_BASE	equ 0xc0000101

extern x86_trap
extern x86_syscall
global x86_syscall_entry
global x86_enter_user
global x86_iret_to_user
global isr_stubs

; Below the vector in struct pt_regs, from the top down.
%define GENERAL_REGS rdi, rsi, rdx, rcx, rax, r8, r9, r10, r11, rbx, rbp, r12, r13, r14, r15

%macro PUSH_EACH 1-*
%rep %0
	push %1
%rotate 1
%endrep
%endmacro

; Pops what PUSH_EACH of the same list has pushed.
%macro POP_EACH 1-*
%rep %0
%rotate -1
	pop %1
%endrep
%endmacro

%define SAVE_REGS PUSH_EACH GENERAL_REGS
%define RESTORE_REGS POP_EACH GENERAL_REGS

section .text

; SYSCALL: RCX = user RIP, R11 = user RFLAGS; FMASK has cleared IF TF DF AC NT.
align 16
x86_syscall_entry:
	swapgs
	mov [gs:CPU_USER_RSP], rsp
	mov rsp, [gs:CPU_KERNEL_RSP]
	push USER_DS
	push qword [gs:CPU_USER_RSP]
	push r11
	push USER_CS
	push rcx
	push rax			; error: the number, since rax becomes the result
	push -1				; VECTOR_SYSCALL
	SAVE_REGS
	xor ebp, ebp			; ends backtraces
	mov rdi, rsp
	call x86_syscall		; returns with interrupts off

	; SYSRET takes RIP from RCX and RFLAGS from R11, so they must be what the frame says.  With
	; a non-canonical RCX it would fault in kernel mode on the user's stack.
	mov rcx, [rsp + REGS_RIP]
	mov r11, [rsp + REGS_RFLAGS]
	cmp rcx, [rsp + REGS_RCX]
	jne return_to_user
	cmp r11, [rsp + REGS_R11]
	jne return_to_user
	mov rax, TASK_SIZE
	cmp rcx, rax
	jae return_to_user
	test r11d, FLAGS_TF_RF
	jnz return_to_user
	RESTORE_REGS
	mov rsp, [rsp + REGS_RSP - REGS_VECTOR]
	swapgs
	o64 sysret

; void x86_enter_user(struct pt_regs *regs)
align 16
x86_enter_user:
	cli
	mov rsp, rdi
return_to_user:
	RESTORE_REGS
	add rsp, 16			; vector, error
	swapgs
x86_iret_to_user:
	iretq				; may fault on what the frame holds, see x86_trap()

; One stub for each vector, 16 bytes apart: push the error code if the CPU did not, and the vector.
%macro STUB 1
	align 16
%if %1 != 8 && !(%1 >= 10 && %1 <= 14) && %1 != 17 && %1 != 21
	push 0
%endif
	push strict qword %1
%if %1 == 1 || %1 == 2 || %1 == 8 || %1 == 18
	jmp strict near isr_paranoid
%else
	jmp strict near isr_common
%endif
%endmacro

align 16
isr_stubs:
%assign vector 0
%rep 256
	STUB vector
%assign vector vector + 1
%endrep

align 16
return_to_kernel:
	RESTORE_REGS
	add rsp, 16			; vector, error
	iretq

; Exceptions and interrupts that only come with a settled GS: the user's if CS says user mode or
; if it was the IRETQ there that faulted, else the kernel's.
align 16
isr_common:
	test byte [rsp + REGS_CS - REGS_VECTOR], 3
	jnz .user
	cmp qword [rsp + REGS_RIP - REGS_VECTOR], x86_iret_to_user
	je .user
	SAVE_REGS
	clac
	cld
	mov rdi, rsp
	call x86_trap
	test byte [rsp + REGS_CS], 3	; a faulted IRETQ became a frame of user mode
	jnz return_to_user
	jmp return_to_kernel
.user:
	swapgs
	SAVE_REGS
	clac
	cld
	xor ebp, ebp			; ends backtraces
	mov rdi, rsp
	call x86_trap
	jmp return_to_user

; #DB NMI #DF #MC: from kernel mode GS may still, or again, be the user's.  The kernel's base is
; negative; the user's cannot be, since CR4.FSGSBASE is off.
align 16
isr_paranoid:
	SAVE_REGS
	clac
	cld
	test byte [rsp + REGS_CS], 3
	jnz .from_user
	xor ebx, ebx
	mov ecx, MSR_GS_BASE
	rdmsr
	test edx, edx
	js .kernel_gs
	swapgs
	inc ebx
.kernel_gs:
	mov rdi, rsp
	call x86_trap
	test ebx, ebx
	jz return_to_kernel
	swapgs
	jmp return_to_kernel
.from_user:
	swapgs
	mov rsi, rsp			; go to the thread's own stack, empty, where it may sleep
	mov rdi, [gs:CPU_KERNEL_RSP]
	sub rdi, REGS_WORDS * 8
	mov rsp, rdi
	mov ecx, REGS_WORDS
	rep movsq
	xor ebp, ebp			; ends backtraces
	mov rdi, rsp
	call x86_trap
	jmp return_to_user
