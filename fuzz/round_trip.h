// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/secret.h"
#include "fuzz/property.h"

namespace countersign::fuzz {

inline Bytes written_bytes(Bytes bytes) {
  return bytes;
}
inline Bytes written_bytes(const crypto::SecretBytes& bytes) {
  return to_bytes(bytes.reveal(crypto::SecretAccess()));
}
template <typename Written>
Bytes written_bytes(const Result<Written>& written) {
  require(bool{written}, "what was read can be written");
  return written_bytes(written.value());
}

// accepted says, as a number, whether `parse` takes the input; what it takes can be written, reads again, and
// is written in one form.
template <typename Parse, typename Write>
int accepted(BytesView input, const Parse& parse, const Write& write) {
  const auto document = parse(input);
  if (!document) return 0;
  const Bytes written = written_bytes(write(document.value()));
  const auto again = parse(BytesView(written));
  require(bool{again}, "what is written can be read");
  require(written_bytes(write(again.value())) == written, "writing has one form");
  return 1;
}

}  // namespace countersign::fuzz
