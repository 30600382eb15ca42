; SPDX-License-Identifier: MIT
;
; The first steps of an application processor: real mode in the page below 1 MiB
; to which smp_start() has copied this, to ap_entry in the kernel's text.  It
; finds out by CS where it lies, and works out from that what is absolute.  It
; passes through the early page tables (the only ones with an identity map) and
; leaves them before it needs a stack.

MSR_EFER		equ 0xc0000080
MSR_GS_BASE		equ 0xc0000101
EFER_LME		equ 1 << 8
EFER_NXE		equ 1 << 11
CR0_PE			equ 1 << 0
CR0_WP			equ 1 << 16
CR0_PG			equ 1 << 31
CR4_PAE			equ 1 << 5

; Where a label stands in the copy.
%define at(label)	((label) - trampoline_start)

extern boot_pml4
extern kernel_cr3
extern ap_boot
extern ap_start
global trampoline_start
global trampoline_end

section .boot.text progbits alloc exec nowrite align=16
bits 16
trampoline_start:
	cli
	cld
	mov ax, cs
	mov ds, ax
	movzx ebx, ax
	shl ebx, 4			; EBX = where the copy lies
	lea eax, [ebx + at(gdt)]
	mov [at(gdt_pointer) + 2], eax
	lea eax, [ebx + at(protected)]
	mov [at(to_protected)], eax
	lea eax, [ebx + at(long_mode)]
	mov [at(to_long_mode)], eax
	lgdt [at(gdt_pointer)]
	mov eax, cr0
	or eax, CR0_PE
	mov cr0, eax
	jmp far dword [at(to_protected)]

bits 32
protected:
	mov ax, 0x10
	mov ds, ax
	mov eax, cr4
	or eax, CR4_PAE
	mov cr4, eax
	mov eax, boot_pml4
	mov cr3, eax
	mov ecx, MSR_EFER
	rdmsr
	or eax, EFER_LME | EFER_NXE	; the kernel's tables have NX bits
	wrmsr
	mov eax, cr0
	or eax, CR0_PG | CR0_WP
	mov cr0, eax
	jmp far [ebx + at(to_long_mode)]

bits 64
long_mode:
	mov rax, ap_entry
	jmp rax

align 8
gdt:
	dq 0
	dq 0x00cf9a000000ffff		; 0x08: 32-bit code
	dq 0x00cf92000000ffff		; 0x10: data
	dq 0x00209a0000000000		; 0x18: 64-bit code
gdt_pointer:
	dw $ - gdt - 1
	dd 0
to_protected:
	dd 0
	dw 0x08
to_long_mode:
	dd 0
	dw 0x18
trampoline_end:

section .text
; ap_boot is { stack top, struct cpu_local * }, written by smp_start() for one processor at a time.
ap_entry:
	mov rax, [rel kernel_cr3]
	mov cr3, rax
	xor eax, eax
	mov ds, eax
	mov es, eax
	mov fs, eax
	mov gs, eax
	mov ss, eax
	mov rsp, [rel ap_boot]
	mov ecx, MSR_GS_BASE
	mov rax, [rel ap_boot + 8]
	mov rdx, rax
	shr rdx, 32
	wrmsr
	xor ebp, ebp			; ends backtraces
	call ap_start
	ud2
