/* SPDX-License-Identifier: MIT */
/*
 * The page's parts as they are, each with a '\0' behind it. The scripts are
 * one: what stands first in it is used by what follows.
 */
	.section .rodata
	.globl view_page, view_style, view_scripts
view_page:
	.incbin "tools/view/page.html"
	.byte 0
view_style:
	.incbin "tools/view/style.css"
	.byte 0
view_scripts:
	.incbin "tools/view/model.js"
	.incbin "tools/view/words.js"
	.incbin "tools/view/state.js"
	.incbin "tools/view/lanes.js"
	.incbin "tools/view/scale.js"
	.incbin "tools/view/filter.js"
	.incbin "tools/view/draw.js"
	.incbin "tools/view/panels.js"
	.incbin "tools/view/controls.js"
	.byte 0

#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
