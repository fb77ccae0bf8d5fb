/* SPDX-License-Identifier: MIT */
/*
 * The page's parts as they are, each with a '\0' behind it. The scripts are
 * one; the last of them begins.
 */
	.section .rodata
	.globl view_page, view_style, view_scripts
view_page:
	.incbin "tools/view/page.html"
	.byte 0
view_style:
	.incbin "tools/view/colors.css"
	.incbin "tools/view/style.css"
	.incbin "tools/view/parts.css"
	.byte 0
view_scripts:
	.incbin "tools/view/halving.js"
	.incbin "tools/view/objects.js"
	.incbin "tools/view/flows.js"
	.incbin "tools/view/model.js"
	.incbin "tools/view/words.js"
	.incbin "tools/view/state.js"
	.incbin "tools/view/lanes.js"
	.incbin "tools/view/scale.js"
	.incbin "tools/view/filter.js"
	.incbin "tools/view/theme.js"
	.incbin "tools/view/draw.js"
	.incbin "tools/view/arrows.js"
	.incbin "tools/view/overview.js"
	.incbin "tools/view/elements.js"
	.incbin "tools/view/now.js"
	.incbin "tools/view/source.js"
	.incbin "tools/view/living.js"
	.incbin "tools/view/list.js"
	.incbin "tools/view/app.js"
	.incbin "tools/view/steps.js"
	.incbin "tools/view/search.js"
	.incbin "tools/view/link.js"
	.incbin "tools/view/look.js"
	.incbin "tools/view/pointer.js"
	.incbin "tools/view/keys.js"
	.incbin "tools/view/start.js"
	.byte 0

#if defined(__ELF__)
	.section .note.GNU-stack, "", %progbits
#endif
