// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "base/result.h"

// RAII and error text for OpenSSL; included by the .cpp files of crypto, x509, http and card only.
namespace countersign::crypto {

template <auto free_function>
struct Freed {
  template <typename T>
  void operator()(T* object) const noexcept {
    free_function(object);
  }
};
template <typename T, auto free_function>
using Handle = std::unique_ptr<T, Freed<free_function>>;

using EvpKey = Handle<EVP_PKEY, EVP_PKEY_free>;
using EvpKeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using EvpDigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using EvpCipherContext = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using BioHandle = Handle<BIO, BIO_free_all>;
using X509Handle = Handle<X509, X509_free>;

// openssl_text empties this thread's error queue and returns it as text for Error::detail. Success or failure
// is decided by documented return codes alone, never by this queue.
std::string openssl_text();
// A failure with the queue's text behind `what`.
inline auto openssl_failure(ErrorCode code, std::string_view what) {
  return fail(code, std::string(what) + ": " + openssl_text());
}
// Ends the thread's work by exception where OpenSSL can only fail for want of memory.
[[noreturn]] void throw_openssl(std::string_view what);

}  // namespace countersign::crypto
