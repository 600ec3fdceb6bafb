#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "Handle.hpp"

namespace {

DcmTag tagWithVR(uint32_t tag, const char *vr) {
  DcmTag named(vigil::key(tag));
  if (vr) named.setVR(DcmVR(vr));
  return named;
}

bool writeFile(vigil_dicom &dicom, const char *path, const char *syntax, std::string &reason) {
  const E_TransferSyntax xfer = DcmXfer(syntax).getXfer();
  if (xfer == EXS_Unknown) return reason = std::string("DCMTK cannot write transfer syntax ") + syntax, false;
  const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return reason = std::string("cannot create the file: ") + strerror(errno), false;
  close(descriptor);
  DcmDataset *dataset = dicom.dataset();
  OFCondition condition = dataset->chooseRepresentation(xfer, nullptr);
  if (condition.good() && DcmXfer(xfer).isEncapsulated() && !dataset->canWriteXfer(xfer)) condition = EC_CannotChangeRepresentation;
  if (condition.good()) condition = dicom.file.saveFile(path, xfer, EET_ExplicitLength, EGL_recalcGL, EPD_withoutPadding);
  if (condition.good()) return true;
  unlink(path);
  return reason = std::string("DCMTK cannot write ") + DcmXfer(xfer).getXferName() + ": " + condition.text(), false;
}

}  // namespace

bool vigil_item_set_text(vigil_dicom *dicom, vigil_item *item, uint32_t tag, const char *vr, const char *text) {
  return vigil::guarded(false, nullptr, 0, [&] {
    DcmElement *element = DcmItem::newDicomElement(tagWithVR(tag, vr));
    if (!element) return false;
    std::unique_ptr<DcmElement> owner(element);
    if (*text && element->putString(text).bad()) return false;
    if (dicom->item(item)->insert(element, OFTrue).bad()) return false;
    owner.release();
    return true;
  });
}

bool vigil_item_set_bytes(vigil_dicom *dicom, vigil_item *item, uint32_t tag, const char *vr, const void *bytes, size_t count) {
  return vigil::guarded(false, nullptr, 0, [&] {
    const DcmTag named = tagWithVR(tag, vr);
    DcmItem *target = dicom->item(item);
    if (count % 2 || count > 0xFFFFFFFE) return false;
    const bool words = strcmp(vr, "OW") == 0;
    if (tag == 0x7FE00010) {
      auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
      pixels->setVR(words ? EVR_OW : EVR_OB);
      const OFCondition condition = words ? pixels->putUint16Array(static_cast<const Uint16 *>(bytes), (unsigned long)(count / 2))
                                          : pixels->putUint8Array(static_cast<const Uint8 *>(bytes), (unsigned long)count);
      if (condition.bad() || target->insert(pixels.get(), OFTrue).bad()) return false;
      pixels.release();
      return true;
    }
    if (words)
      return target->putAndInsertUint16Array(named, static_cast<const Uint16 *>(bytes), (unsigned long)(count / 2)).good();
    return target->putAndInsertUint8Array(named, static_cast<const Uint8 *>(bytes), (unsigned long)count).good();
  });
}

vigil_item *vigil_item_append(vigil_dicom *dicom, vigil_item *item, uint32_t tag) {
  return vigil::guarded<vigil_item *>(nullptr, nullptr, 0, [&]() -> vigil_item * {
    DcmItem *made = nullptr;
    if (dicom->item(item)->findOrCreateSequenceItem(DcmTag(vigil::key(tag)), made, -2).bad()) return nullptr;
    return reinterpret_cast<vigil_item *>(made);
  });
}

bool vigil_dicom_write(vigil_dicom *dicom, const char *path, const char *transfer_syntax, char *error, size_t capacity) {
  return vigil::guarded(false, error, capacity, [&] {
    std::string reason;
    const bool good = writeFile(*dicom, path, transfer_syntax, reason);
    if (!good) vigil::say(error, capacity, reason);
    return good;
  });
}
