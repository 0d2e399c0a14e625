// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "base/recent_map.h"
#include "crypto/verification_table.h"
#include "x509/certificate.h"

namespace countersign::authority {

// Hashes a digest: any octets of it are as good as a hash.
struct FirstOctets {
  std::size_t operator()(const Sha256Digest& digest) const;
};

struct FrequentKeyOptions {
  std::size_t tables = 256;        // 40 MB
  std::size_t counted = 20'000;    // keys whose signatures are counted
  std::uint32_t worthwhile = 650;  // signatures after which a table would have paid for itself
};

// FrequentKeys makes a table for a key once it has signed so often that the table would have paid for itself,
// and keeps those of the keys used last. Thread-safe.
class FrequentKeys {
 public:
  explicit FrequentKeys(FrequentKeyOptions options = {})
      : worthwhile_(options.worthwhile), counts_(options.counted), tables_(options.tables) {}

  // The table of the certificate's key; null while it has none.
  std::shared_ptr<const crypto::VerificationTable> find(const x509::Certificate& certificate);
  // Counts a signature that has verified. The call that makes the table takes ~20 ms, without the lock; while
  // one is being made, other keys wait for their next signature.
  void count_verified(const x509::Certificate& certificate);

 private:
  bool is_to_make(const Sha256Digest& fingerprint);

  const std::uint32_t worthwhile_;
  std::mutex mutex_;                                            // guards what follows
  RecentMap<Sha256Digest, std::uint32_t, FirstOctets> counts_;  // by the certificate's fingerprint
  RecentMap<Sha256Digest, std::shared_ptr<const crypto::VerificationTable>, FirstOctets> tables_;
  bool is_making_ = false;
};

}  // namespace countersign::authority
