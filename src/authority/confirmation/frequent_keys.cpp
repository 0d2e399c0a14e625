// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/frequent_keys.h"

#include <cstring>

namespace countersign::authority {

std::size_t FirstOctets::operator()(const Sha256Digest& digest) const {
  std::size_t value = 0;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

std::shared_ptr<const crypto::VerificationTable> FrequentKeys::find(const x509::Certificate& certificate) {
  const std::lock_guard lock(mutex_);
  return tables_.find(certificate.fingerprint()).value_or(nullptr);
}

bool FrequentKeys::is_to_make(const Sha256Digest& fingerprint) {
  const std::lock_guard lock(mutex_);
  if (tables_.find(fingerprint)) return false;
  const std::uint32_t count = counts_.find(fingerprint).value_or(0) + 1;
  counts_.put(fingerprint, count);
  if (count < worthwhile_ || is_making_) return false;
  is_making_ = true;
  return true;
}

void FrequentKeys::count_verified(const x509::Certificate& certificate) {
  if (!is_to_make(certificate.fingerprint())) return;
  Result<crypto::VerificationTable> made = crypto::VerificationTable::make(certificate.public_key());
  const std::lock_guard lock(mutex_);
  is_making_ = false;
  counts_.put(certificate.fingerprint(), 0);
  if (made) {
    tables_.put(certificate.fingerprint(),
                std::make_shared<const crypto::VerificationTable>(std::move(made).value()));
  }
}

}  // namespace countersign::authority
