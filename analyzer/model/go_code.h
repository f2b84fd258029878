/*
 * go_code.h - could the Go gate be opened in a program? What the shim will look for when it starts,
 * looked for in its file.
 */
#ifndef ANALYZER_GO_CODE_H
#define ANALYZER_GO_CODE_H

/* Why the gate would refuse the Go program at `path`, a sentence; NULL: it would not. */
const char *go_code_refusal(const char *path);

#endif
