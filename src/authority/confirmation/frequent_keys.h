// SPDX-License-Identifier: Apache-2.0
#pragma once

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

// FrequentKeys makes a table for a key once it has signed so often that the table would have paid for itself,
// and keeps those of the keys used last. Thread-safe.
class FrequentKeys {
 public:
  // A table costs as much time as it saves in 650 verifications, and 150 kB.
  explicit FrequentKeys(std::size_t capacity = 256, std::uint32_t worthwhile = 650)
      : worthwhile_(worthwhile), uses_(capacity) {}

  // Counts one verification under the certificate's key and gives its table, or null while it has none. The
  // call that makes the table takes ~20 ms and holds up no other.
  std::shared_ptr<const crypto::VerificationTable> table_for(const x509::Certificate& certificate);

 private:
  struct Use {
    std::uint32_t count = 0;
    std::shared_ptr<const crypto::VerificationTable> table;
  };

  const std::uint32_t worthwhile_;
  std::mutex mutex_;
  RecentMap<Sha256Digest, Use, FirstOctets> uses_;  // by the certificate's fingerprint
};

}  // namespace countersign::authority
