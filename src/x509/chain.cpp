// SPDX-License-Identifier: Apache-2.0
#include "x509/chain.h"

#include <openssl/x509_vfy.h>

#include "crypto/openssl.h"

namespace countersign::x509 {
namespace {

using StoreContext = crypto::Handle<X509_STORE_CTX, X509_STORE_CTX_free>;
// A stack that owns its certificates no more than the caller does.
using Stack = crypto::Handle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;

constexpr unsigned long kFlags =
    X509_V_FLAG_X509_STRICT | X509_V_FLAG_NO_ALT_CHAINS | X509_V_FLAG_PARTIAL_CHAIN;

ErrorCode code_of(int reason) {
  switch (reason) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return ErrorCode::kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return ErrorCode::kNotYetValid;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
      return ErrorCode::kSignatureInvalid;
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
      return ErrorCode::kNameNotPermitted;
    case X509_V_ERR_NO_EXPLICIT_POLICY:
    case X509_V_ERR_INVALID_POLICY_EXTENSION:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return ErrorCode::kWrongRole;
    default:
      return ErrorCode::kCertificateUnknown;
  }
}

Stack stack_of(const Certificate* certificate) {
  Stack stack(sk_X509_new_null());
  if (!stack || (certificate != nullptr && sk_X509_push(stack.get(), certificate->native()) == 0))
    crypto::throw_openssl("stack of certificates");
  return stack;
}

void demand_policy(X509_VERIFY_PARAM* parameters, std::string_view policy) {
  ASN1_OBJECT* oid = OBJ_txt2obj(std::string(policy).c_str(), 1);
  if (oid == nullptr || X509_VERIFY_PARAM_add0_policy(parameters, oid) != 1 ||
      X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_EXPLICIT_POLICY) != 1)
    crypto::throw_openssl("policy");
}

const Certificate* blamed(int depth, const Certificate* leaf, const Certificate* intermediate,
                          const Certificate* anchor) {
  if (depth <= 0) return leaf;
  return depth == 1 && intermediate != nullptr ? intermediate : anchor;
}

}  // namespace

Result<void> verify_chain(const Certificate& leaf, const Certificate* intermediate, const Certificate& anchor,
                          std::string_view policy, TimePoint at) {
  const Stack untrusted = stack_of(intermediate);
  const Stack trusted = stack_of(&anchor);
  const StoreContext context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), nullptr, leaf.native(), untrusted.get()) != 1)
    crypto::throw_openssl("X509_STORE_CTX");
  X509_STORE_CTX_set0_trusted_stack(context.get(), trusted.get());
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, unix_seconds(at));
  if (X509_VERIFY_PARAM_set_flags(parameters, kFlags) != 1) crypto::throw_openssl("X509_VERIFY_PARAM");
  if (!policy.empty()) demand_policy(parameters, policy);

  if (X509_verify_cert(context.get()) == 1) return ok();
  const int reason = X509_STORE_CTX_get_error(context.get());
  const int depth = X509_STORE_CTX_get_error_depth(context.get());
  const std::string queue = crypto::openssl_text();
  if (reason == X509_V_OK || reason == X509_V_ERR_OUT_OF_MEM)
    return fail(ErrorCode::kInternal, "path: " + queue);
  return fail(code_of(reason), "certificate " +
                                   blamed(depth, &leaf, intermediate, &anchor)->subject().text() + ": " +
                                   X509_verify_cert_error_string(reason));
}

}  // namespace countersign::x509
