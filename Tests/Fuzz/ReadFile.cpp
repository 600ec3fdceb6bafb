// Fuzzes everything that the package does with a file of unknown origin through CDCMTK's C header: reading the header from a
// descriptor, walking every element in every form, reading the whole file, decoding frames, turning samples into values, and taking the
// file for the source of a Segmentation. `make fuzz` builds it with AddressSanitizer and runs it.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "CDCMTK.h"

namespace {

/// Small, so that an input that gets past a budget is seen as one that costs too much.
constexpr vigil_limits limits{1 << 20, 20'000, 2'000, 32, 4 << 20};
constexpr size_t frameBudget = 1 << 20;
constexpr size_t elementBudget = 4'000;

struct Close {
  void operator()(vigil_dicom *dicom) const { vigil_dicom_close(dicom); }
  void operator()(vigil_segmentation *segmentation) const { vigil_segmentation_close(segmentation); }
};
using File = std::unique_ptr<vigil_dicom, Close>;

/// Reads every byte, so that AddressSanitizer sees it.
void touch(const void *bytes, size_t count) {
  static volatile uint8_t sink;
  for (size_t i = 0; i < count; i++) sink = static_cast<const uint8_t *>(bytes)[i];
}

/// What Swift's DataItem does with an element.
void readElement(const vigil_dicom *dicom, const vigil_item *item, uint32_t tag) {
  // On the heap and exactly as large as said, so that one byte too many is an error.
  for (const size_t capacity : {size_t(16), size_t(256)}) {
    std::unique_ptr<char[]> text(new char[capacity]);
    const int64_t length = vigil_item_text(dicom, item, tag, text.get(), capacity);
    if (length > 0) touch(text.get(), std::min(capacity, size_t(length)));
    if (length <= int64_t(capacity)) break;
  }
  const int64_t multiplicity = vigil_item_multiplicity(dicom, item, tag);
  const size_t room = multiplicity > 0 ? size_t(multiplicity) : 1;
  std::unique_ptr<double[]> numbers(new double[room]);
  const int64_t written = vigil_item_doubles(dicom, item, tag, numbers.get(), room);
  if (written > int64_t(room)) abort();
  size_t count = 0;
  if (const uint8_t *bytes = vigil_item_bytes(dicom, item, tag, &count)) touch(bytes, count);
}

void walk(const vigil_dicom *dicom, const vigil_item *item, size_t &seen, int depth) {
  if (depth > 40) abort();
  const size_t elements = vigil_item_elements(dicom, item);
  for (size_t i = 0; i < elements && seen < elementBudget; i++, seen++) {
    uint32_t tag = 0;
    char vr[3], keyword[128];
    if (!vigil_item_element(dicom, item, i, &tag, vr, keyword, sizeof keyword)) continue;
    if (strlen(vr) != 2 || strlen(keyword) >= sizeof keyword) abort();
    readElement(dicom, item, tag);
    const int64_t items = vigil_item_count(dicom, item, tag);
    for (int64_t k = 0; k < items && seen < elementBudget; k++)
      if (const vigil_item *child = vigil_item_child(dicom, item, tag, size_t(k))) walk(dicom, child, seen, depth + 1);
    if (vigil_item_child(dicom, item, tag, size_t(items < 0 ? 0 : items))) abort();
  }
}

double number(const vigil_dicom *dicom, uint32_t tag, double otherwise) {
  double value;
  return vigil_item_doubles(dicom, nullptr, tag, &value, 1) == 1 ? value : otherwise;
}

/// What Swift's PlaneReader does: decodes frames into a buffer of the promised size and turns them into values.
void decode(vigil_dicom *dicom) {
  const double rows = number(dicom, 0x00280010, 0), columns = number(dicom, 0x00280011, 0);
  const double samples = number(dicom, 0x00280002, 1), bits = number(dicom, 0x00280100, 0);
  const double frames = number(dicom, 0x00280008, 1);
  const double bytes = rows * columns * samples * bits / 8;
  if (!(bytes >= 0 && bytes <= frameBudget)) return;
  // PlaneReader asks for frames that the header has only; the shim has to refuse the others.
  char error[512];
  for (const double frame : {0.0, 1.0, frames - 1, frames}) {
    if (!(frame >= 0 && frame < 4294967295.0)) continue;
    const size_t capacity = size_t(bytes) + size_t(bytes) % 2;
    std::unique_ptr<uint8_t[]> pixels(new uint8_t[capacity]());
    uint32_t sampleBytes = 0;
    if (!vigil_dicom_decode_frame(dicom, uint32_t(frame), pixels.get(), capacity, &sampleBytes, error, sizeof error)) {
      if (strlen(error) >= sizeof error) abort();
      continue;
    }
    const size_t count = size_t(rows) * size_t(columns);
    if (sampleBytes == 0 || sampleBytes > 4 || count * sampleBytes > capacity) abort();
    std::unique_ptr<float[]> values(new float[count]);
    vigil_samples_to_float(pixels.get(), count, sampleBytes, uint32_t(number(dicom, 0x00280101, bits)) & 0xFFFF,
                           uint32_t(number(dicom, 0x00280102, 0)) & 0xFFFF, number(dicom, 0x00280103, 0) == 1,
                           number(dicom, 0x00281053, 1), number(dicom, 0x00281052, 0), values.get());
    touch(values.get(), count * sizeof(float));
    std::unique_ptr<int16_t[]> words(new int16_t[count]);
    if (vigil_samples_to_int16(pixels.get(), count, sampleBytes, uint32_t(number(dicom, 0x00280101, bits)) & 0xFFFF,
                               uint32_t(number(dicom, 0x00280102, 0)) & 0xFFFF, number(dicom, 0x00280103, 0) == 1,
                               number(dicom, 0x00281053, 1), number(dicom, 0x00281052, 0), words.get()))
      for (size_t i = 0; i < count; i++)
        if (float(words[i]) != values[i]) abort();
  }
}

/// A Segmentation of one frame whose patient, study and frame of reference come from the file.
void segment(const vigil_dicom *source) {
  char error[512];
  std::unique_ptr<vigil_segmentation, Close> made(vigil_segmentation_make(source, 3, 3, {"1.2.1", "1.2.2", "1.2.3"}, "fuzz", "1", error, sizeof error));
  if (!made) return;
  const char *const orientation[] = {"1", "0", "0", "0", "1", "0"}, *const position[] = {"0", "0", "0"};
  const vigil_code code{"85756007", "SCT", "Tissue"};
  const vigil_instance_reference reference{"1.2.840.10008.5.1.4.1.1.2", "1.2.3", 1};
  const std::vector<uint8_t> mask(9, 1);
  if (!vigil_segmentation_add_segment(made.get(), "a", code, code, "b", error, sizeof error)) return;
  if (!vigil_segmentation_set_grid(made.get(), orientation, "1\\1", "1", error, sizeof error)) return;
  if (!vigil_segmentation_add_frame(made.get(), 1, mask.data(), position, 1, &reference, error, sizeof error)) return;
  const std::string path = "/dev/shm/vigil-fuzz-" + std::to_string(getpid());
  unlink(path.c_str());
  vigil_segmentation_write(made.get(), source, &reference, 1, "20260101", "120000", path.c_str(), error, sizeof error);
  unlink(path.c_str());
}

void readHeader(const uint8_t *data, size_t size) {
  static const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  if (descriptor < 0 || ftruncate(descriptor, off_t(size)) != 0 || pwrite(descriptor, data, size, 0) != ssize_t(size)) abort();
  char error[512];
  int code = 0;
  const File dicom(vigil_dicom_read_header(descriptor, size, &limits, &code, error, sizeof error));
  if (!dicom) {
    if (error[0] == 0 || strlen(error) >= sizeof error) abort();  // Every refusal has its reason.
    return;
  }
  touch(vigil_dicom_transfer_syntax(dicom.get()), strlen(vigil_dicom_transfer_syntax(dicom.get())));
  vigil_dicom_pixels(dicom.get());
  size_t seen = 0;
  walk(dicom.get(), nullptr, seen, 0);
  if (size % 4 == 0) segment(dicom.get());
}

void readWhole(const uint8_t *data, size_t size) {
  // A copy of exactly this size: libFuzzer's buffer may be larger.
  std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]);
  memcpy(bytes.get(), data, size);
  char error[512];
  const File dicom(vigil_dicom_read_whole(bytes.get(), size, &limits, error, sizeof error));
  if (!dicom) {
    if (error[0] == 0) abort();
    return;
  }
  size_t seen = 0, count = 0;
  walk(dicom.get(), nullptr, seen, 0);
  if (const uint8_t *native = vigil_dicom_native_pixels(dicom.get(), &count)) touch(native, count);
  decode(dicom.get());
}

}  // namespace

/// After one of its assertions has failed, what OpenJPEG held is given up.
extern "C" const char *__lsan_default_suppressions() { return "leak:libopenjp2"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  readHeader(data, size);
  readWhole(data, size);
  return 0;
}
