/* version.h - the one place that names dndprof's version. */
#ifndef DNDPROF_VERSION_H
#define DNDPROF_VERSION_H

#define DNDPROF_VERSION "0.1.0"

#endif
