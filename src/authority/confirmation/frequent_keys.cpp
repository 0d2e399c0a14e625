// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/frequent_keys.h"

#include <cstring>

namespace countersign::authority {

std::size_t FirstOctets::operator()(const Sha256Digest& digest) const {
  std::size_t value = 0;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

std::shared_ptr<const crypto::VerificationTable> FrequentKeys::table_for(
    const x509::Certificate& certificate) {
  {
    const std::lock_guard lock(mutex_);
    Use use = uses_.find(certificate.fingerprint()).value_or(Use{});
    if (use.table) return use.table;
    ++use.count;
    uses_.put(certificate.fingerprint(), use);
    if (use.count != worthwhile_) return nullptr;
  }
  Result<crypto::VerificationTable> made = crypto::VerificationTable::make(certificate.public_key());
  if (!made) return nullptr;  // not a key of the curve: verify_cms refuses its signature
  auto table = std::make_shared<const crypto::VerificationTable>(std::move(made).value());
  const std::lock_guard lock(mutex_);
  uses_.put(certificate.fingerprint(), {worthwhile_, table});
  return table;
}

}  // namespace countersign::authority
