// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "fuzz/property.h"

// OpenSSL as the other opinion on DER structures.
namespace countersign::fuzz {

// Reads `der` with one of OpenSSL's d2i functions, which must take it to its last byte and write the same
// bytes again.
template <typename T, typename Read, typename Write>
T* read_as_openssl(BytesView der, const Read& read, const Write& write) {
  const unsigned char* position = der.data();
  T* object = read(nullptr, &position, static_cast<long>(der.size()));
  require(object != nullptr, "OpenSSL reads what we accept");
  require(position == der.data() + der.size(), "nothing stands behind the structure");
  unsigned char* written = nullptr;
  const int size = write(object, &written);
  require(size >= 0 && equal(der, BytesView(written, static_cast<std::size_t>(size))),
          "there is one encoding");
  OPENSSL_free(written);
  return object;
}

inline bool same_name(const X509_NAME* name, BytesView der) {
  unsigned char* written = nullptr;
  const int size = i2d_X509_NAME(name, &written);
  const bool same = size >= 0 && equal(der, BytesView(written, static_cast<std::size_t>(size)));
  OPENSSL_free(written);
  return same;
}

}  // namespace countersign::fuzz
