// SPDX-License-Identifier: Apache-2.0
#include "x509/path_validation.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "crypto/openssl.h"

namespace countersign::x509 {
namespace {

using StoreContext = crypto::Handle<X509_STORE_CTX, X509_STORE_CTX_free>;
using Store = crypto::Handle<X509_STORE, X509_STORE_free>;
using ObjectIdentifier = crypto::Handle<ASN1_OBJECT, ASN1_OBJECT_free>;
// Stacks that own what lies on them no more than the caller does.
using Stack = crypto::Handle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;
using CrlStack =
    crypto::Handle<STACK_OF(X509_CRL), [](STACK_OF(X509_CRL) * stack) { sk_X509_CRL_free(stack); }>;

// Policies are always processed: a certificate may demand it itself, in a critical extension that OpenSSL
// takes for understood also where it does not process policies.
constexpr unsigned long kAlways = X509_V_FLAG_X509_STRICT | X509_V_FLAG_NO_ALT_CHAINS |
                                  X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK;
constexpr unsigned long kByCrl = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                                 X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS;

ErrorCode code_of(int reason) {
  switch (reason) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return ErrorCode::kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CRL_NOT_YET_VALID:
      return ErrorCode::kNotYetValid;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
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
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
      return ErrorCode::kUnsupported;
    case X509_V_ERR_CERT_REVOKED:
      return ErrorCode::kCertificateRevoked;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kCertificateUnknown;
  }
}

void put(const Stack& stack, std::span<X509* const> certificates) {
  for (X509* certificate : certificates)
    if (sk_X509_push(stack.get(), certificate) == 0) crypto::throw_openssl("stack of certificates");
}

// OpenSSL takes a CRL that names no next update for one that holds for ever (RFC 5280 §5.1.2.5 demands one).
CrlStack holding_for_a_time(std::span<X509_CRL* const> crls) {
  CrlStack stack(sk_X509_CRL_new_null());
  if (!stack) crypto::throw_openssl("stack of CRLs");
  for (X509_CRL* crl : crls)
    if (X509_CRL_get0_nextUpdate(crl) != nullptr && sk_X509_CRL_push(stack.get(), crl) == 0)
      crypto::throw_openssl("stack of CRLs");
  return stack;
}

Store store_of(X509* anchor) {
  Store store(X509_STORE_new());
  if (!store || X509_STORE_add_cert(store.get(), anchor) != 1) crypto::throw_openssl("X509_STORE");
  return store;
}

void accept(X509_VERIFY_PARAM* parameters, ObjectIdentifier policy) {
  if (!policy || X509_VERIFY_PARAM_add0_policy(parameters, policy.get()) != 1)
    crypto::throw_openssl("policy");
  (void)policy.release();  // the parameters' now
}

void set(X509_VERIFY_PARAM* parameters, const PathSettings& settings, bool by_crl) {
  X509_VERIFY_PARAM_set_time(parameters, unix_seconds(settings.at));
  const unsigned long flags = kAlways | (by_crl ? kByCrl : 0) |
                              (settings.explicit_policy ? X509_V_FLAG_EXPLICIT_POLICY : 0) |
                              (settings.inhibit_policy_mapping ? X509_V_FLAG_INHIBIT_MAP : 0) |
                              (settings.inhibit_any_policy ? X509_V_FLAG_INHIBIT_ANY : 0);
  if (X509_VERIFY_PARAM_set_flags(parameters, flags) != 1) crypto::throw_openssl("X509_VERIFY_PARAM");
  // Without any policy OpenSSL would take none for acceptable where a certificate demands one.
  if (settings.policies.empty()) accept(parameters, ObjectIdentifier(OBJ_nid2obj(NID_any_policy)));
  for (const std::string_view policy : settings.policies)
    accept(parameters, ObjectIdentifier(OBJ_txt2obj(std::string(policy).c_str(), 1)));
}

// OpenSSL seeks a path by itself: what it judged must be the path in question.
bool was_judged(const STACK_OF(X509) * judged, const Path& path) {
  const int length = sk_X509_num(judged);
  const int asked = static_cast<int>(path.certificates.size());
  if (length != asked && length != asked + 1) return false;
  for (int depth = 0; depth < asked; ++depth)
    if (X509_cmp(sk_X509_value(judged, depth), path.certificates[static_cast<std::size_t>(depth)]) != 0)
      return false;
  return X509_cmp(sk_X509_value(judged, length - 1), path.anchor) == 0;
}

std::string subject_of(X509* certificate) {
  const crypto::BioHandle text(BIO_new(BIO_s_mem()));
  if (!text) crypto::throw_openssl("BIO");
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* characters = nullptr;
  const long size = BIO_get_mem_data(text.get(), &characters);
  return size > 0 ? std::string(characters, static_cast<std::size_t>(size)) : std::string("(no name)");
}

Result<void> refusal(X509_STORE_CTX* context, X509* leaf) {
  const int reason = X509_STORE_CTX_get_error(context);
  X509* const blamed = X509_STORE_CTX_get_current_cert(context);
  const std::string queue = crypto::openssl_text();
  if (reason == X509_V_OK || reason == X509_V_ERR_OUT_OF_MEM)
    return fail(ErrorCode::kInternal, "path: " + queue);
  return fail(code_of(reason), "certificate " + subject_of(blamed == nullptr ? leaf : blamed) + ": " +
                                   X509_verify_cert_error_string(reason));
}

}  // namespace

Result<void> validate_path(const Path& path, const PathSettings& settings, const CrlEvidence* revocation) {
  if (path.certificates.empty()) return fail(ErrorCode::kMalformed, "path: no certificate");
  X509* const leaf = path.certificates.front();
  const Stack untrusted(sk_X509_new_null());
  const Stack trusted(sk_X509_new_null());
  const StoreContext context(X509_STORE_CTX_new());
  if (!untrusted || !trusted || !context) crypto::throw_openssl("X509_STORE_CTX");
  put(untrusted, path.certificates.subspan(1));
  put(trusted, {&path.anchor, 1});
  CrlStack crls;
  Store store;  // to the path of a CRL's issuer OpenSSL hands on the store alone
  if (revocation != nullptr) {
    put(untrusted, revocation->issuers);
    crls = holding_for_a_time(revocation->crls);
    store = store_of(path.anchor);
  }
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf, untrusted.get()) != 1)
    crypto::throw_openssl("X509_STORE_CTX");
  X509_STORE_CTX_set0_trusted_stack(context.get(), trusted.get());
  if (crls) X509_STORE_CTX_set0_crls(context.get(), crls.get());
  set(X509_STORE_CTX_get0_param(context.get()), settings, revocation != nullptr);

  if (X509_verify_cert(context.get()) != 1) return refusal(context.get(), leaf);
  if (!was_judged(X509_STORE_CTX_get0_chain(context.get()), path))
    return fail(ErrorCode::kCertificateUnknown,
                "certificate " + subject_of(leaf) + ": not by the given path");
  return ok();
}

}  // namespace countersign::x509
