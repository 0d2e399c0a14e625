// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "crypto/secret.h"
#include "mail/mail.h"

namespace countersign::mail {

// What lies sealed: both addresses, each ended by a line break (which none can hold), then the message.
struct Envelope {
  std::string from, to;
  crypto::SecretBytes message;
};

crypto::SecretBytes pack(const Message& message, const crypto::SecretBytes& formatted);
// kMalformed.
Result<Envelope> unpack(const crypto::SecretBytes& packed);

}  // namespace countersign::mail
