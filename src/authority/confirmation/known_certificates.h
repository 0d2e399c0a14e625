// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "authority/confirmation/frequent_keys.h"
#include "authority/directory/directory.h"
#include "base/recent_map.h"
#include "x509/path.h"

namespace countersign::authority {

// KnownCertificate is a certificate that this data centre issued, with what is costly about it done once:
// decoded key, path to the network root and profile of its role. Validity in time and status are judged at
// each use.
struct KnownCertificate {
  x509::Certificate certificate;
  x509::Role role;       // verified along the path
  TimePoint valid_from;  // of the whole path: certificate, CA and root
  TimePoint valid_until;
  std::string subject;  // RFC 4514 text
  Bytes cert_id;        // RFC 6960 CertID, DER
};

// KnownCertificates finds certificates of the directory by fingerprint and keeps the most recently used ones.
// Thread-safe. A find that is not kept reads the store.
class KnownCertificates {
 public:
  // All referenced objects outlive it.
  KnownCertificates(std::shared_ptr<const x509::TrustAnchor> anchor, storage::Database& database,
                    const Directory& directory, FrequentKeyOptions frequent = {},
                    std::size_t capacity = 20'000)
      : anchor_(std::move(anchor)),
        database_(database),
        directory_(directory),
        kept_(capacity),
        frequent_(frequent) {}

  // kCertificateUnknown for what was not issued here; else what verify_path says about its path and profile.
  Result<std::shared_ptr<const KnownCertificate>> find(const Sha256Digest& fingerprint);
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
  Result<std::shared_ptr<const KnownCertificate>> load(const Sha256Digest& fingerprint) const;

  const std::shared_ptr<const x509::TrustAnchor> anchor_;
  storage::Database& database_;
  const Directory& directory_;
  std::mutex mutex_;  // guards kept_ for one look or one change
  RecentMap<Sha256Digest, std::shared_ptr<const KnownCertificate>, FirstOctets> kept_;
  FrequentKeys frequent_;
};

}  // namespace countersign::authority
