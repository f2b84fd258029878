/*
 * proc.h - what the kernel says of a process that lives.
 */
#ifndef ANALYZER_PROC_H
#define ANALYZER_PROC_H

#define PROC_STAT 1024 /* bytes that hold a /proc/PID/stat */

/* /proc/PID/stat from " STATE PARENT ..." on: behind the program's name, which may hold anything.
 * It lies in `text`. NULL: there is no such process. */
const char *proc_stat(int pid, char text[PROC_STAT]);

#endif
