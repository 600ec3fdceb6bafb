#ifndef VIGIL_CDCMTK_H
#define VIGIL_CDCMTK_H

#ifdef __cplusplus
extern "C" {
#endif

/// The version of DCMTK this was built against, for instance "3.6.7". Static storage.
const char *vigil_dcmtk_version(void);

#ifdef __cplusplus
}
#endif

#endif
