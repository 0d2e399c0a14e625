// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "authority/confirmation/frequent_keys.h"
#include "authority/directory/directory.h"
#include "authority/interwork/foreign_parties.h"
#include "base/recent_map.h"
#include "x509/path.h"

namespace countersign::authority {

// KnownCertificate is a certificate that this data centre issued, or another one of the network, with what is
// costly about it done once: decoded key, path to the network root and profile of its role. Validity in time
// and status are judged at each use.
struct KnownCertificate {
  x509::Certificate certificate;
  x509::Role role;       // verified along the path
  TimePoint valid_from;  // of the whole path: certificate, CA and root
  TimePoint valid_until;
  std::string subject;  // RFC 4514 text
  Bytes cert_id;        // RFC 6960 CertID, DER
  // Whose status its home alone knows; null for what was issued here.
  std::shared_ptr<const ForeignParty> foreign;
};

// is_our_fault says whether that code of KnownCertificates speaks of this authority's own trouble to find
// out, and not of the certificate: nothing can be said about it then, not even over a signature.
inline bool is_our_fault(ErrorCode code) {
  return is_temporary(code) && code != ErrorCode::kHomeUnreachable;
}

// KnownCertificates finds certificates of the directory by fingerprint, and those of other data centres by
// the network map, and keeps the most recently used ones. Thread-safe. A find that is not kept reads the
// store.
class KnownCertificates {
 public:
  // All referenced objects outlive it. Without `foreign` this data centre is alone.
  KnownCertificates(std::shared_ptr<const x509::TrustAnchor> anchor, storage::Database& database,
                    const Directory& directory, FrequentKeyOptions frequent = {},
                    std::size_t capacity = 20'000, const ForeignParties* foreign = nullptr)
      : anchor_(std::move(anchor)),
        database_(database),
        directory_(directory),
        foreign_(foreign),
        kept_(capacity),
        kept_foreign_(capacity),
        frequent_(frequent) {}

  // kCertificateUnknown for what was not issued here; else what verify_path says about its path and profile.
  Result<std::shared_ptr<const KnownCertificate>> find(const Sha256Digest& fingerprint);
  // Finds the signer of a message here or, by the certificate in the message, in another data centre. A
  // signer of here costs what `find` costs. Errors of find, and of ForeignParties::recognise.
  Result<std::shared_ptr<const KnownCertificate>> find_signer(const x509::UnverifiedCms& cms);
  const x509::TrustAnchor& anchor() const { return *anchor_; }
  // For the signatures of a merchant that has made many; null before.
  std::shared_ptr<const crypto::VerificationTable> table_of(const KnownCertificate& certificate) {
    return frequent_.find(certificate.certificate);
  }
  // Counts a signature of it that has verified.
  void count_verified(const KnownCertificate& certificate) {
    if (certificate.role == x509::Role::kMerchant) frequent_.count_verified(certificate.certificate);
  }

 private:
  using Found = std::shared_ptr<const KnownCertificate>;
  Result<Found> load(const Sha256Digest& fingerprint) const;
  Result<Found> recognise(const x509::UnverifiedCms& cms) const;
  Found find_kept(const Sha256Digest& fingerprint);
  Found find_kept_foreign(const Sha256Digest& fingerprint);

  const std::shared_ptr<const x509::TrustAnchor> anchor_;
  storage::Database& database_;
  const Directory& directory_;
  const ForeignParties* const foreign_;
  std::mutex mutex_;  // guards what follows for one look or one change
  RecentMap<Sha256Digest, Found, FirstOctets> kept_;
  RecentMap<Sha256Digest, Found, FirstOctets> kept_foreign_;
  FrequentKeys frequent_;
};

}  // namespace countersign::authority
