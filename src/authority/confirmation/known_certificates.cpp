// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/known_certificates.h"

#include <algorithm>

namespace countersign::authority {

Result<std::shared_ptr<const KnownCertificate>> KnownCertificates::find(const Sha256Digest& fingerprint) {
  {
    const std::lock_guard lock(mutex_);
    if (auto kept = kept_.find(fingerprint)) return std::move(*kept);
  }
  TRY(auto loaded, load(fingerprint));
  const std::lock_guard lock(mutex_);
  kept_.put(fingerprint, loaded);
  return loaded;
}

Result<std::shared_ptr<const KnownCertificate>> KnownCertificates::load(
    const Sha256Digest& fingerprint) const {
  std::optional<DirectoryEntry> entry;
  TRY(database_.read([&](storage::Reader& reader) -> Result<void> {
    TRY(entry, directory_.find_by_fingerprint(reader, fingerprint));
    return ok();
  }));
  if (!entry)
    return fail(ErrorCode::kCertificateUnknown, "certificate " + hex_encode(fingerprint) + " is not of here");
  const x509::Certificate& certificate = entry->certificate;
  const x509::Certificate* ca = anchor_->issuer_of(certificate);
  const std::optional<x509::Role> role = certificate.role();
  if (ca == nullptr)
    return fail(ErrorCode::kCertificateUnknown, "certificate: issued by no CA of this data centre");
  if (!role) return fail(ErrorCode::kWrongRole, "certificate: it has no single role");
  const TimePoint from = std::max({certificate.not_before(), ca->not_before(), anchor_->root().not_before()});
  const TimePoint until = std::min({certificate.not_after(), ca->not_after(), anchor_->root().not_after()});
  // A path that is over, or has not begun, is still judged as a path: a repeated order outlives the
  // certificates.
  TRY(x509::verify_path(certificate, *anchor_, *role, from));
  return std::make_shared<const KnownCertificate>(
      KnownCertificate{certificate, *role, from, until, certificate.subject().text(),
                       x509::make_cert_id(*ca, certificate.serial())});
}

}  // namespace countersign::authority
