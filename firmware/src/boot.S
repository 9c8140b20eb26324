/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry, like that of a Linux image: x0 = device tree blob, MMU off, interrupts masked, EL1 or EL2.
 */
	.section .text.boot, "ax"
	.global _start
_start:
	mov	x20, x0
	msr	daifset, #0xf
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	1f
	/* From EL2 to EL1h, AArch64, nothing trapped. */
	mov	x1, #(1 << 31)
	msr	hcr_el2, x1
	mov	x1, #0x33ff
	msr	cptr_el2, x1
	mov	x1, #0x3c5
	msr	spsr_el2, x1
	adr	x1, 1f
	msr	elr_el2, x1
	eret
1:	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	isb
	adrp	x1, stack_top
	add	x1, x1, :lo12:stack_top
	mov	sp, x1

	adrp	x1, bss_start
	add	x1, x1, :lo12:bss_start
	adrp	x2, bss_end
	add	x2, x2, :lo12:bss_end
2:	cmp	x1, x2
	b.hs	3f
	stp	xzr, xzr, [x1], #16
	b	2b

3:	mov	x0, x20
	mov	x29, xzr
	mov	x30, xzr
	bl	fw_main
4:	wfi
	b	4b

	/* All exceptions are fatal. */
	.balign 2048
vectors:
	.rept 16
	.balign 128
	mrs	x0, esr_el1
	mrs	x1, far_el1
	mrs	x2, elr_el1
	b	fw_exception
	.endr
	.balign 128
