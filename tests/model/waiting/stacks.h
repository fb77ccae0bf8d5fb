/* SPDX-License-Identifier: MIT */
/* Stacks for the model's coroutines, whose callbacks may wait, too. Only the
   switch is evert's. */
#ifndef TESTS_MODEL_WAITING_STACKS_H
#define TESTS_MODEL_WAITING_STACKS_H

/* Lets `body(n)` run on the n-th stack, until it leaves or ends. */
void stack_start(int n, void (*body)(int n));

/* From there: the caller of `start` or `enter` goes on, until this is entered
   again. */
void stack_leave(int n);
void stack_enter(int n);

#endif
