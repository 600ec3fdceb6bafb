#include "Handle.hpp"
#include "dcmtk/dcmfg/fgderimg.h"
#include "dcmtk/dcmfg/fgfracon.h"
#include "dcmtk/dcmfg/fgpixmsr.h"
#include "dcmtk/dcmfg/fgplanor.h"
#include "dcmtk/dcmfg/fgplanpo.h"
#include "dcmtk/dcmseg/segdoc.h"
#include "dcmtk/dcmdata/dcostrmb.h"
#include "dcmtk/dcmdata/dcwcache.h"
#include "dcmtk/dcmseg/segment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

struct vigil_segmentation {
  std::unique_ptr<DcmSegmentation> object;
  size_t pixels;
  Uint16 segments = 0;
  std::string instance, series, dimensions;
  /// The frames' pixels, one bit each, without padding between frames (PS3.5 8.1.1). Kept here because DCMTK 3.6.7 loses bits when
  /// a frame's pixels are no multiple of eight.
  std::vector<uint8_t> packed;
  uint64_t bits = 0;

  void append(const uint8_t *mask) {
    packed.resize((bits + pixels + 15) / 16 * 2, 0);
    for (size_t i = 0; i < pixels; i++, bits++)
      if (mask[i]) packed[bits >> 3] |= uint8_t(1u << (bits & 7));
  }
};

namespace {

using vigil::guarded;
using vigil::say;

/// Says what failed; true when nothing did.
bool worked(const OFCondition &condition, const char *what, char *error, size_t capacity) {
  if (condition.good()) return true;
  say(error, capacity, std::string("DCMTK cannot ") + what + ": " + condition.text());
  return false;
}

CodeSequenceMacro code(const vigil_code &code) { return CodeSequenceMacro(code.value, code.scheme, code.meaning); }

OFCondition begin(vigil_segmentation &made, const vigil_dicom *source, Uint16 rows, Uint16 columns, const char *description, const char *software) {
  const IODGeneralEquipmentModule::EquipmentInfo equipment("Vigil", "vigil", "0", software);
  const ContentIdentificationMacro content("1", "SEGMENTATION", description, "Vigil");
  DcmSegmentation *object = nullptr;
  OFCondition condition = DcmSegmentation::createBinarySegmentation(object, rows, columns, equipment, content);
  made.object.reset(object);
  if (condition.bad()) return condition;
  condition = object->importFromSourceImage(*source->dataset(), OFTrue);
  if (condition.bad()) return condition;
  object->getSeries().setSeriesDescription(description);
  object->getSeries().setSeriesNumber("300");
  const OFString uid(made.dimensions.c_str());
  IODMultiframeDimensionModule &dimensions = object->getDimensions();
  condition = dimensions.addDimensionIndex(DCM_ReferencedSegmentNumber, uid, DCM_SegmentIdentificationSequence, "Segment");
  if (condition.good())
    condition = dimensions.addDimensionIndex(DCM_ImagePositionPatient, uid, DCM_PlanePositionSequence, "Position");
  return condition;
}

ImageSOPInstanceReferenceMacro reference(const vigil_instance_reference &source) {
  ImageSOPInstanceReferenceMacro macro;
  macro.setReferencedSOPClassUID(source.class_uid);
  macro.setReferencedSOPInstanceUID(source.instance_uid);
  if (source.frame > 0) macro.addReferencedFrameNumber(source.frame);
  return macro;
}

OFCondition addFrame(vigil_segmentation &segmentation, Uint16 segment, const uint8_t *mask, const char *const *position, uint32_t level, const vigil_instance_reference *source) {
  std::unique_ptr<FGPlanePosPatient> plane(FGPlanePosPatient::createMinimal(position[0], position[1], position[2]));
  FGFrameContent content;
  content.setDimensionIndexValues(segment, 0);
  content.setDimensionIndexValues(level, 1);
  OFVector<FGBase *> groups;
  groups.push_back(plane.get());
  groups.push_back(&content);
  std::unique_ptr<FGDerivationImage> derivation;
  if (source) {
    OFVector<ImageSOPInstanceReferenceMacro> images;
    images.push_back(reference(*source));
    derivation.reset(FGDerivationImage::createMinimal(
        images, "", CodeSequenceMacro("113076", "DCM", "Segmentation"),
        CodeSequenceMacro("121322", "DCM", "Source image for image processing operation")));
    if (derivation) groups.push_back(derivation.get());
  }
  return segmentation.object->addFrame(const_cast<Uint8 *>(mask), segment, groups);
}

/// PS3.3 C.12.2: the instances that the frames refer to, by series.
OFCondition addReferences(DcmDataset &dataset, const vigil_dicom *source, const vigil_instance_reference *references, size_t count) {
  OFString series;
  source->dataset()->findAndGetOFString(DCM_SeriesInstanceUID, series);
  DcmItem *item = nullptr;
  dataset.findAndDeleteElement(DCM_ReferencedSeriesSequence);
  OFCondition condition = dataset.findOrCreateSequenceItem(DCM_ReferencedSeriesSequence, item, -2);
  if (condition.bad()) return condition;
  item->putAndInsertOFStringArray(DCM_SeriesInstanceUID, series);
  for (size_t i = 0; i < count && condition.good(); i++) {
    DcmItem *instance = nullptr;
    condition = item->findOrCreateSequenceItem(DCM_ReferencedInstanceSequence, instance, -2);
    if (condition.bad()) break;
    instance->putAndInsertString(DCM_ReferencedSOPClassUID, references[i].class_uid);
    condition = instance->putAndInsertString(DCM_ReferencedSOPInstanceUID, references[i].instance_uid);
  }
  return condition;
}

/// The file's bytes. Not DcmFileFormat::saveFile: where the disk is full or fails, DCMTK 3.6.7 leaves a short file and reports success.
OFCondition encode(DcmFileFormat &file, std::vector<uint8_t> &bytes) {
  std::vector<uint8_t> room(1 << 18);
  DcmOutputBufferStream stream(room.data(), room.size());
  DcmWriteCache cache;
  const auto drain = [&] {
    void *filled = nullptr;
    offile_off_t count = 0;
    stream.flushBuffer(filled, count);
    const auto *from = static_cast<const uint8_t *>(filled);
    bytes.insert(bytes.end(), from, from + count);
  };
  OFCondition condition;
  file.transferInit();
  do {
    condition = file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, &cache, EGL_recalcGL, EPD_withoutPadding);
    drain();
  } while (condition == EC_StreamNotifyClient);
  file.transferEnd();
  return condition;
}

OFCondition encode(vigil_segmentation &segmentation, const vigil_dicom *source, const vigil_instance_reference *references, size_t count, const char *date, const char *time, std::vector<uint8_t> &bytes) {
  DcmFileFormat file;
  DcmDataset &dataset = *file.getDataset();
  OFCondition condition = segmentation.object->writeDataset(dataset);
  if (condition.bad()) return condition;
  if (count > 0) condition = addReferences(dataset, source, references, count);
  if (condition.bad()) return condition;
  auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
  pixels->setVR(EVR_OB);
  condition = pixels->putUint8Array(segmentation.packed.data(), (unsigned long)segmentation.packed.size());
  if (condition.good()) condition = dataset.insert(pixels.get(), OFTrue);
  if (condition.bad()) return condition;
  pixels.release();
  dataset.putAndInsertString(DCM_SOPInstanceUID, segmentation.instance.c_str());
  dataset.putAndInsertString(DCM_SeriesInstanceUID, segmentation.series.c_str());
  dataset.putAndInsertString(DCM_SeriesDate, date);
  dataset.putAndInsertString(DCM_SeriesTime, time);
  dataset.putAndInsertString(DCM_ContentDate, date);
  dataset.putAndInsertString(DCM_ContentTime, time);
  return encode(file, bytes);
}

/// Writes a new file; the value of errno, or 0.
int create(const char *path, const std::vector<uint8_t> &bytes) {
  const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return errno;
  int code = 0;
  for (size_t done = 0; done < bytes.size() && code == 0;) {
    const ssize_t count = write(descriptor, bytes.data() + done, bytes.size() - done);
    if (count > 0) done += size_t(count);
    else if (count == 0) code = EIO;
    else if (errno != EINTR) code = errno;
  }
  if (close(descriptor) != 0 && code == 0) code = errno;
  if (code != 0) unlink(path);
  return code;
}

}  // namespace

vigil_segmentation *vigil_segmentation_make(
    const vigil_dicom *source, uint16_t rows, uint16_t columns, vigil_segmentation_uids uids, const char *series_description,
    const char *software, char *error, size_t capacity) {
  return guarded<vigil_segmentation *>(nullptr, error, capacity, [&]() -> vigil_segmentation * {
    auto made = std::make_unique<vigil_segmentation>();
    made->pixels = size_t(rows) * columns;
    made->instance = uids.instance, made->series = uids.series, made->dimensions = uids.dimensions;
    if (!worked(begin(*made, source, rows, columns, series_description, software), "begin a Segmentation", error, capacity)) return nullptr;
    return made.release();
  });
}

void vigil_segmentation_close(vigil_segmentation *segmentation) {
  guarded(0, nullptr, 0, [&] { return delete segmentation, 0; });
}

bool vigil_segmentation_add_segment(
    vigil_segmentation *segmentation, const char *label, vigil_code category, vigil_code type, const char *algorithm,
    char *error, size_t capacity) {
  return guarded(false, error, capacity, [&] {
    DcmSegment *segment = nullptr;
    OFCondition condition = DcmSegment::create(segment, label, code(category), code(type), DcmSegTypes::SAT_AUTOMATIC, algorithm);
    if (condition.good()) condition = segmentation->object->addSegment(segment, ++segmentation->segments);
    return worked(condition, "add a segment", error, capacity);
  });
}

bool vigil_segmentation_set_grid(
    vigil_segmentation *segmentation, const char *const *o, const char *pixel_spacing, const char *thickness, char *error,
    size_t capacity) {
  return guarded(false, error, capacity, [&] {
    std::unique_ptr<FGPlaneOrientationPatient> plane(FGPlaneOrientationPatient::createMinimal(o[0], o[1], o[2], o[3], o[4], o[5]));
    FGPixelMeasures measures;
    OFCondition condition = measures.setPixelSpacing(pixel_spacing);
    if (condition.good()) condition = measures.setSliceThickness(thickness);
    if (condition.good()) condition = measures.setSpacingBetweenSlices(thickness);
    if (condition.good() && plane) condition = segmentation->object->addForAllFrames(*plane);
    if (condition.good()) condition = segmentation->object->addForAllFrames(measures);
    return worked(plane ? condition : OFCondition(EC_IllegalParameter), "set the grid of a Segmentation", error, capacity);
  });
}

bool vigil_segmentation_add_frame(
    vigil_segmentation *segmentation, uint16_t segment, const uint8_t *mask, const char *const *position, uint32_t level,
    const vigil_instance_reference *source, char *error, size_t capacity) {
  return guarded(false, error, capacity, [&] {
    if (!worked(addFrame(*segmentation, segment, mask, position, level, source), "add a frame to a Segmentation", error, capacity)) return false;
    segmentation->append(mask);
    return true;
  });
}

bool vigil_segmentation_write(
    vigil_segmentation *segmentation, const vigil_dicom *source, const vigil_instance_reference *references, size_t count, const char *date,
    const char *time, const char *path, int *code, char *error, size_t capacity) {
  *code = 0;
  return guarded(false, error, capacity, [&] {
    std::vector<uint8_t> bytes;
    if (!worked(encode(*segmentation, source, references, count, date, time, bytes), "write a Segmentation", error, capacity)) return false;
    *code = create(path, bytes);
    if (*code != 0) say(error, capacity, std::string("the file cannot be written: ") + strerror(*code));
    return *code == 0;
  });
}
