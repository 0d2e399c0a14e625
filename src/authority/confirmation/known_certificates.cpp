// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/known_certificates.h"

#include <algorithm>

#include "network/path_begins.h"

namespace countersign::authority {

Result<std::shared_ptr<const KnownCertificate>> KnownCertificates::find(const Sha256Digest& fingerprint) {
  if (Found kept = find_kept(fingerprint)) return kept;
  TRY(auto loaded, load(fingerprint));
  const std::lock_guard lock(mutex_);
  kept_.put(fingerprint, loaded);
  return loaded;
}

KnownCertificates::Found KnownCertificates::find_kept(const Sha256Digest& fingerprint) {
  const std::lock_guard lock(mutex_);
  return kept_.find(fingerprint).value_or(nullptr);
}

// A newer map may say otherwise, and so may the time.
KnownCertificates::Found KnownCertificates::find_kept_foreign(const Sha256Digest& fingerprint) {
  Found kept;
  {
    const std::lock_guard lock(mutex_);
    kept = kept_foreign_.find(fingerprint).value_or(nullptr);
  }
  return kept && foreign_->is_current(*kept->foreign) ? kept : nullptr;
}

Result<KnownCertificates::Found> KnownCertificates::find_signer(const x509::UnverifiedCms& cms) {
  const Sha256Digest& fingerprint = cms.signer_fingerprint();
  if (Found kept = find_kept(fingerprint)) return kept;
  if (foreign_ == nullptr) return find(fingerprint);
  if (Found kept = find_kept_foreign(fingerprint)) return kept;
  Result<Found> found = find(fingerprint);
  if (found || found.error().code != ErrorCode::kCertificateUnknown) return found;
  Result<Found> recognised = recognise(cms);
  if (!recognised) {
    const bool alone = recognised.error().code == ErrorCode::kNotFound;  // no map: as without a network
    return alone ? std::move(found) : std::move(recognised);
  }
  const std::lock_guard lock(mutex_);
  kept_foreign_.put(fingerprint, recognised.value());
  return recognised;
}

Result<KnownCertificates::Found> KnownCertificates::recognise(const x509::UnverifiedCms& cms) const {
  TRY(std::shared_ptr<const ForeignParty> party, foreign_->recognise(cms));
  const x509::Certificate& certificate = party->certificate;
  return std::make_shared<const KnownCertificate>(KnownCertificate{
      certificate, party->role, party->valid_from, party->valid_until, certificate.subject().text(),
      x509::make_cert_id(party->ca, certificate.serial()), party});
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
  const TimePoint from = network::path_begins(certificate, *anchor_);
  const TimePoint until = std::min({certificate.not_after(), ca->not_after(), anchor_->root().not_after()});
  // A path that is over, or has not begun, is still judged as a path: a repeated order outlives the
  // certificates.
  TRY(x509::verify_path(certificate, *anchor_, *role, from));
  return std::make_shared<const KnownCertificate>(
      KnownCertificate{certificate, *role, from, until, certificate.subject().text(),
                       x509::make_cert_id(*ca, certificate.serial()), nullptr});
}

}  // namespace countersign::authority
