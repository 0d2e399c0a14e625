// SPDX-License-Identifier: Apache-2.0
#include "link/identity.h"

#include "x509/issue.h"

namespace countersign::link {

Result<Identity> Identity::of_key(crypto::PrivateKey key, TimePoint now) {
  TRY(const auto name, x509::Name::from_text("CN=Countersign link"));
  TRY(auto certificate, x509::create_self_signed(name, key, now));
  return Identity(std::move(key), std::move(certificate));
}

}  // namespace countersign::link
