// SPDX-License-Identifier: Apache-2.0
#include "x509/crl.h"

#include <openssl/x509v3.h>

#include <array>

#include "crypto/openssl.h"

namespace countersign::x509 {
namespace {

using crypto::Handle;
using CrlHandle = Handle<X509_CRL, X509_CRL_free>;
using RevokedHandle = Handle<X509_REVOKED, X509_REVOKED_free>;
using IntegerHandle = Handle<ASN1_INTEGER, ASN1_INTEGER_free>;
using EnumeratedHandle = Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;
using TimeHandle = Handle<ASN1_TIME, ASN1_TIME_free>;
using ExtensionHandle = Handle<X509_EXTENSION, X509_EXTENSION_free>;
using BigNumberHandle = Handle<BIGNUM, BN_free>;

constexpr long kVersion2 = 1;

struct ReasonName {
  RevocationReason reason;
  std::string_view name;
};
constexpr std::array<ReasonName, 7> kReasonNames{{
    {RevocationReason::kUnspecified, "unspecified"},
    {RevocationReason::kKeyCompromise, "keyCompromise"},
    {RevocationReason::kAffiliationChanged, "affiliationChanged"},
    {RevocationReason::kSuperseded, "superseded"},
    {RevocationReason::kCessationOfOperation, "cessationOfOperation"},
    {RevocationReason::kCertificateHold, "certificateHold"},
    {RevocationReason::kPrivilegeWithdrawn, "privilegeWithdrawn"},
}};

void demand(bool succeeded, std::string_view what) {
  if (!succeeded) crypto::throw_openssl(what);
}

TimeHandle asn1_time(TimePoint time) {
  TimeHandle handle(ASN1_TIME_set(nullptr, static_cast<time_t>(unix_seconds(time))));
  demand(handle != nullptr, "ASN1_TIME_set");
  return handle;
}

// RFC 5280 §5.3.1: a reason of unspecified is stated by leaving the extension out.
void add_reason(X509_REVOKED& revoked, RevocationReason reason) {
  if (reason == RevocationReason::kUnspecified) return;
  const EnumeratedHandle code(ASN1_ENUMERATED_new());
  demand(code && ASN1_ENUMERATED_set(code.get(), static_cast<long>(reason)) == 1, "CRLReason");
  demand(X509_REVOKED_add1_ext_i2d(&revoked, NID_crl_reason, code.get(), 0, X509V3_ADD_DEFAULT) == 1,
         "CRLReason");
}

void add_entry(X509_CRL& crl, const RevokedEntry& entry) {
  RevokedHandle revoked(X509_REVOKED_new());
  const Bytes& magnitude = entry.serial.bytes();
  const BigNumberHandle number(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
  demand(revoked && number, "X509_REVOKED_new");
  const IntegerHandle serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
  const TimeHandle at = asn1_time(entry.at);
  demand(serial && X509_REVOKED_set_serialNumber(revoked.get(), serial.get()) == 1,
         "X509_REVOKED_set_serialNumber");
  demand(X509_REVOKED_set_revocationDate(revoked.get(), at.get()) == 1, "X509_REVOKED_set_revocationDate");
  add_reason(*revoked, entry.reason);
  demand(X509_CRL_add0_revoked(&crl, revoked.get()) == 1, "X509_CRL_add0_revoked");
  (void)revoked.release();  // the CRL's now
}

void add_extensions(X509_CRL& crl, const Issuer& issuer, std::int64_t crl_number) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer.certificate.native(), nullptr, nullptr, &crl, 0);
  const ExtensionHandle key_identifier(
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
  demand(key_identifier && X509_CRL_add_ext(&crl, key_identifier.get(), -1) == 1, "authorityKeyIdentifier");
  const IntegerHandle number(ASN1_INTEGER_new());
  demand(number && ASN1_INTEGER_set_int64(number.get(), crl_number) == 1, "CRLNumber");
  demand(X509_CRL_add1_ext_i2d(&crl, NID_crl_number, number.get(), 0, X509V3_ADD_DEFAULT) == 1, "CRLNumber");
}

Result<Bytes> to_der(const X509_CRL& crl) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509_CRL(&crl, &der);
  if (size <= 0) return crypto::openssl_failure(ErrorCode::kInternal, "i2d_X509_CRL");
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

std::string_view reason_name(RevocationReason reason) {
  for (const ReasonName& known : kReasonNames)
    if (known.reason == reason) return known.name;
  return "unspecified";
}

std::optional<RevocationReason> reason_of_name(std::string_view name) {
  for (const ReasonName& known : kReasonNames)
    if (known.name == name) return known.reason;
  return std::nullopt;
}

Result<Bytes> sign_crl(const Issuer& issuer, std::span<const RevokedEntry> entries, std::int64_t crl_number,
                       TimePoint this_update, TimePoint next_update) {
  if (crl_number < 0 || next_update <= this_update)
    return fail(ErrorCode::kInternal, "crl: negative number, or next update not after this one");
  const CrlHandle crl(X509_CRL_new());
  demand(crl && X509_CRL_set_version(crl.get(), kVersion2) == 1, "X509_CRL_set_version");
  demand(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.native())) == 1,
         "CRL issuer");
  const TimeHandle from = asn1_time(this_update);
  const TimeHandle until = asn1_time(next_update);
  demand(X509_CRL_set1_lastUpdate(crl.get(), from.get()) == 1, "X509_CRL_set1_lastUpdate");
  demand(X509_CRL_set1_nextUpdate(crl.get(), until.get()) == 1, "X509_CRL_set1_nextUpdate");
  for (const RevokedEntry& entry : entries) add_entry(*crl, entry);
  demand(X509_CRL_sort(crl.get()) == 1, "X509_CRL_sort");
  add_extensions(*crl, issuer, crl_number);
  if (X509_CRL_sign(crl.get(), issuer.key.native(), EVP_sha256()) <= 0)
    return crypto::openssl_failure(ErrorCode::kUnavailable, "crl: the CA's key did not sign");
  return to_der(*crl);
}

}  // namespace countersign::x509
