#include "CKernels.h"

#include <string.h>

#define SET(name) name##_portable
#define SET_NAME "portable"
#include "body.h"
