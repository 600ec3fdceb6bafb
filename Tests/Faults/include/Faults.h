#ifndef VIGIL_FAULTS_H
#define VIGIL_FAULTS_H

/// The variable that says what the library does to the process it is loaded into; see plan.h for the words.
#define VIGIL_FAULTS_VARIABLE "VIGIL_FAULTS"

#endif
