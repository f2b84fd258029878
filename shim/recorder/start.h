/*
 * start.h - small memory that every start writes lies together. A page that is touched for the
 * first time costs a microsecond, of every program that starts; and so does each of many made at
 * once by the kernel: fewer pages are all that helps. The linker sorts by these names.
 */
#ifndef DNDPROF_SHIM_START_H
#define DNDPROF_SHIM_START_H

#define AT_START      __attribute__((section(".bss.at_start")))
#define AT_START_LAST __attribute__((section(".bss.at_start_last"))) /* only its begin is small */

#endif
