#include "CDCMTK.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcuid.h"

const char *vigil_dcmtk_version(void) { return OFFIS_DCMTK_VERSION; }
