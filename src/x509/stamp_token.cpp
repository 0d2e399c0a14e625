// SPDX-License-Identifier: Apache-2.0
#include "x509/stamp_token.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "crypto/openssl.h"
#include "x509/der.h"
#include "x509/path.h"

namespace countersign::x509 {
namespace {

using crypto::Handle;
using crypto::HashAlgorithm;
using crypto::X509Handle;
using TokenHandle = Handle<PKCS7, PKCS7_free>;
using InfoHandle = Handle<TS_TST_INFO, TS_TST_INFO_free>;
using StoreHandle = Handle<X509_STORE, X509_STORE_free>;
using StoreContext = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;
using VerifyContext = Handle<TS_VERIFY_CTX, TS_VERIFY_CTX_free>;
using NumberHandle = Handle<BIGNUM, BN_free>;
struct StackFree {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
using SignersHandle = std::unique_ptr<STACK_OF(X509), StackFree>;

constexpr std::size_t kLongestToken = 64 << 10;
constexpr std::int64_t kLargestAccuracy = 86'400;  // seconds
constexpr std::int64_t kLargestPart = 999;         // of its milliseconds and microseconds
constexpr int kSecurityLevel = 2;                  // 112 bits: no SHA-1, no RSA below 2,048 bits
constexpr std::array<std::string_view, 10> kAlgorithms{"sha-256",    "sha-384",    "sha-512", "ecdsa-p256",
                                                       "ecdsa-p384", "ecdsa-p521", "ed25519", "rsa-2048",
                                                       "rsa-3072",   "rsa-4096"};

auto malformed(std::string_view what) {
  return crypto::openssl_failure(ErrorCode::kMalformed, "time-stamp: " + std::string(what));
}
auto unsupported(std::string_view what) {
  return fail(ErrorCode::kUnsupported, "time-stamp: " + std::string(what));
}
void demand(bool done) {
  if (!done) crypto::throw_openssl("time-stamp");
}

Result<std::string> name_of_hash(int nid) {
  switch (nid) {
    case NID_sha256:
      return "sha-256";
    case NID_sha384:
      return "sha-384";
    case NID_sha512:
      return "sha-512";
    default:
      return unsupported("rests on a hash that is not known here");
  }
}

std::string_view name_of_rsa(int bits) {
  if (bits < 3072) return "rsa-2048";
  return bits < 4096 ? "rsa-3072" : "rsa-4096";
}

Result<std::string> name_of_key(const EVP_PKEY* key) {
  const int kind = key == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key);
  if (kind == EVP_PKEY_ED25519) return "ed25519";
  if (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= 2048)
    return std::string(name_of_rsa(EVP_PKEY_get_bits(key)));
  std::array<char, 32> group{};
  if (kind == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1) {
    const std::string_view name(group.data());
    if (name == "prime256v1") return "ecdsa-p256";
    if (name == "secp384r1") return "ecdsa-p384";
    if (name == "secp521r1") return "ecdsa-p521";
  }
  return unsupported("rests on a kind of key that is not known here");
}

// The hash under a certificate's signature; empty for Ed25519, which has its own.
Result<std::string> name_of_signature_hash(X509* certificate) {
  int hash = NID_undef;
  int key = NID_undef;
  if (X509_get_signature_info(certificate, &hash, &key, nullptr, nullptr) != 1)
    return malformed("a certificate's signature");
  if (key == NID_ED25519) return std::string();
  return name_of_hash(hash);
}

// The hashes by which signing-certificate-v2 (RFC 5035 §3) names the signer's certificate and others; SHA-256
// where none is stated.
Result<std::vector<std::string>> names_of_certificate_hashes(const ASN1_TYPE& attribute) {
  if (attribute.type != V_ASN1_SEQUENCE) return malformed("signing-certificate-v2");
  const ASN1_STRING* value = attribute.value.sequence;
  der::Reader outer(
      BytesView(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))));
  TRY(der::Reader parts, outer.enter(der::Tag::kSequence));
  TRY(der::Reader certificates, parts.enter(der::Tag::kSequence));
  std::vector<std::string> names;
  while (!certificates.at_end()) {
    TRY(der::Reader certificate, certificates.enter(der::Tag::kSequence));
    int hash = NID_sha256;
    if (certificate.next_is(der::Tag::kSequence)) {
      TRY(der::Reader algorithm, certificate.enter(der::Tag::kSequence));
      TRY(const std::string oid, algorithm.oid());
      hash = OBJ_txt2nid(oid.c_str());
    }
    TRY(std::string name, name_of_hash(hash));
    names.push_back(std::move(name));
  }
  return names;
}

Result<TimePoint> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return malformed("a time");
  return from_unix_seconds(timegm(&parts));
}

// How many seconds may have to be added to the time, of which parts of one were cut off.
Result<std::int64_t> seconds_beyond(const ASN1_GENERALIZEDTIME* time, TS_ACCURACY* accuracy) {
  const BytesView text(ASN1_STRING_get0_data(time), static_cast<std::size_t>(ASN1_STRING_length(time)));
  const std::int64_t cut_off = std::ranges::find(text, '.') == text.end() ? 0 : 1;
  if (accuracy == nullptr) return cut_off;
  const auto value = [](const ASN1_INTEGER* part) {
    return part == nullptr ? std::int64_t{0} : std::int64_t{ASN1_INTEGER_get(part)};
  };
  const std::int64_t seconds = value(TS_ACCURACY_get_seconds(accuracy));
  const std::int64_t millis = value(TS_ACCURACY_get_millis(accuracy));
  const std::int64_t micros = value(TS_ACCURACY_get_micros(accuracy));
  if (seconds < 0 || seconds >= kLargestAccuracy) return unsupported("an accuracy of a day or more");
  if (millis < 0 || millis > kLargestPart || micros < 0 || micros > kLargestPart)
    return malformed("an accuracy");
  return seconds + (millis + micros > 0 ? 1 : 0) + cut_off;
}

Result<std::string> text_of(const X509_NAME* name) {
  const crypto::BioHandle out(BIO_new(BIO_s_mem()));
  demand(out != nullptr);
  if (X509_NAME_print_ex(out.get(), name, 0, (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB)) < 0)
    return malformed("the signer's name");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

Result<Bytes> der_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size < 0) return malformed("a certificate");
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

Result<X509Handle> certificate_from(BytesView der) {
  const unsigned char* at = der.data();
  X509Handle certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate || at != der.data() + der.size()) return malformed("a certificate");
  return certificate;
}

ErrorCode code_of_path(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return ErrorCode::kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return ErrorCode::kNotYetValid;
    case X509_V_ERR_INVALID_PURPOSE:
      return ErrorCode::kWrongRole;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return ErrorCode::kCertificateUnknown;
    default:
      return ErrorCode::kSignatureInvalid;
  }
}

// TokenExamination is the verification of one token under way.
class TokenExamination {
 public:
  explicit TokenExamination(const StampAuthorities& authorities) : authorities_(authorities) {}

  Result<void> read(BytesView token);
  Result<void> check_contents(HashAlgorithm hash, BytesView digest, BytesView nonce) const;
  Result<void> check_signature();
  Result<StampToken> take();

 private:
  Result<void> check_what_is_signed() const;
  Result<void> read_time();
  Result<void> make_store();
  Result<void> find_path();
  Result<void> check_role() const;
  Result<void> add_algorithms();
  void add(std::string name) {
    if (!name.empty()) said_.algorithms.push_back(std::move(name));
  }

  const StampAuthorities& authorities_;
  TokenHandle token_;
  InfoHandle info_;
  PKCS7_SIGNER_INFO* signer_info_ = nullptr;  // of token_
  SignersHandle signers_;                     // one, of token_
  StoreHandle store_;
  StoreContext path_;  // once it is found: the signer first, the root last
  StampToken said_{};
};

Result<void> TokenExamination::read(BytesView token) {
  if (token.size() > kLongestToken) return fail(ErrorCode::kTooLarge, "time-stamp: over 64 KiB");
  const unsigned char* at = token.data();
  token_.reset(d2i_PKCS7(nullptr, &at, static_cast<long>(token.size())));
  if (!token_ || at != token.data() + token.size()) return malformed("no SignedData");
  if (PKCS7_type_is_signed(token_.get()) == 0 || token_->d.sign == nullptr) return malformed("not signed");
  info_.reset(PKCS7_to_TS_TST_INFO(token_.get()));
  if (!info_) return malformed("not around a TSTInfo");
  STACK_OF(PKCS7_SIGNER_INFO)* infos = PKCS7_get_signer_info(token_.get());
  if (infos == nullptr || sk_PKCS7_SIGNER_INFO_num(infos) != 1) return malformed("not of one signer");
  signer_info_ = sk_PKCS7_SIGNER_INFO_value(infos, 0);
  signers_.reset(PKCS7_get0_signers(token_.get(), nullptr, 0));
  if (!signers_ || sk_X509_num(signers_.get()) != 1)
    return crypto::openssl_failure(ErrorCode::kUnsupported,
                                   "time-stamp: does not carry its signer's certificate");
  const ASN1_TYPE* names_signer =
      PKCS7_get_signed_attribute(signer_info_, NID_id_smime_aa_signingCertificateV2);
  if (names_signer == nullptr) return unsupported("has no signing-certificate-v2");
  TRY(said_.algorithms, names_of_certificate_hashes(*names_signer));
  TRY(check_what_is_signed());
  TRY(read_time());
  TRY(said_.authority, text_of(X509_get_subject_name(sk_X509_value(signers_.get(), 0))));
  return ok();
}

// What OpenSSL does not look at. The type that stands beside the content is not signed, and only the
// attribute keeps another kind of message of the same signer from passing for a token (RFC 5652 §11.1).
Result<void> TokenExamination::check_what_is_signed() const {
  const ASN1_TYPE* type = PKCS7_get_signed_attribute(signer_info_, NID_pkcs9_contentType);
  if (type == nullptr || type->type != V_ASN1_OBJECT ||
      OBJ_obj2nid(type->value.object) != NID_id_smime_ct_TSTInfo)
    return malformed("was not signed as a TSTInfo");
  if (TS_TST_INFO_get_ext_by_critical(info_.get(), 1, -1) >= 0) return unsupported("a critical extension");
  return ok();
}

Result<void> TokenExamination::read_time() {
  const ASN1_GENERALIZEDTIME* time = TS_TST_INFO_get_time(info_.get());
  TRY(said_.time, time_of(time));
  TRY(const std::int64_t beyond, seconds_beyond(time, TS_TST_INFO_get_accuracy(info_.get())));
  said_.latest = said_.time + Seconds(beyond);
  return ok();
}

Result<void> TokenExamination::check_contents(HashAlgorithm hash, BytesView digest, BytesView nonce) const {
  TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(info_.get());
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
  const auto name = name_of_hash(OBJ_obj2nid(algorithm));
  ASN1_OCTET_STRING* stamped = TS_MSG_IMPRINT_get_msg(imprint);
  const BytesView octets(ASN1_STRING_get0_data(stamped),
                         static_cast<std::size_t>(ASN1_STRING_length(stamped)));
  if (!name) return fail(name.error());
  if (name.value() != crypto::hash_name(hash) || !equal(octets, digest))
    return fail(ErrorCode::kConflict, "time-stamp: is over something else");
  if (nonce.empty()) return ok();
  const ASN1_INTEGER* repeated = TS_TST_INFO_get_nonce(info_.get());
  const NumberHandle number(repeated == nullptr ? nullptr : ASN1_INTEGER_to_BN(repeated, nullptr));
  const NumberHandle ours(BN_bin2bn(nonce.data(), static_cast<int>(nonce.size()), nullptr));
  demand(ours != nullptr);
  if (!number || BN_cmp(number.get(), ours.get()) != 0)
    return fail(ErrorCode::kSignatureInvalid, "time-stamp: does not repeat the nonce");
  return ok();
}

Result<void> TokenExamination::make_store() {
  store_.reset(X509_STORE_new());
  demand(store_ != nullptr);
  for (const Certificate& root : authorities_.network_roots)
    demand(X509_STORE_add_cert(store_.get(), root.native()) == 1);
  for (const Bytes& der : authorities_.other_roots) {
    TRY(const X509Handle root, certificate_from(der));
    demand(X509_STORE_add_cert(store_.get(), root.get()) == 1);
  }
  X509_VERIFY_PARAM* settings = X509_STORE_get0_param(store_.get());
  X509_VERIFY_PARAM_set_time(settings, static_cast<std::time_t>(unix_seconds(said_.time)));
  X509_VERIFY_PARAM_set_auth_level(settings, kSecurityLevel);
  return ok();
}

// By the time that the token states: certificates may have ended since.
Result<void> TokenExamination::find_path() {
  path_.reset(X509_STORE_CTX_new());
  X509* signer = sk_X509_value(signers_.get(), 0);
  demand(path_ && X509_STORE_CTX_init(path_.get(), store_.get(), signer, token_->d.sign->cert) == 1 &&
         X509_STORE_CTX_set_purpose(path_.get(), X509_PURPOSE_TIMESTAMP_SIGN) == 1);
  if (X509_verify_cert(path_.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(path_.get());
    crypto::openssl_text();  // says no more
    return fail(code_of_path(error),
                "time-stamp: no path from " + said_.authority +
                    " to a root that is trusted here: " + X509_verify_cert_error_string(error));
  }
  bool is_first = true;
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(path_.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    TRY(const TimePoint end, time_of(X509_get0_notAfter(sk_X509_value(chain, i))));
    said_.until = is_first ? end : std::min(said_.until, end);
    is_first = false;
  }
  return ok();
}

// Of the network, the role decides, as for every certificate.
Result<void> TokenExamination::check_role() const {
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(path_.get());
  TRY(const Bytes root, der_of(sk_X509_value(chain, sk_X509_num(chain) - 1)));
  const auto found = std::ranges::find_if(authorities_.network_roots,
                                          [&](const Certificate& known) { return equal(known.der(), root); });
  if (found == authorities_.network_roots.end()) return ok();
  if (sk_X509_num(chain) != 3)
    return fail(ErrorCode::kWrongRole, "time-stamp: its signer is no time-stamper");
  TRY(const Bytes leaf_der, der_of(sk_X509_value(chain, 0)));
  TRY(const Bytes ca_der, der_of(sk_X509_value(chain, 1)));
  TRY(const Certificate leaf, Certificate::from_der(leaf_der));
  TRY(Certificate ca, Certificate::from_der(ca_der));
  TRY(const TrustAnchor anchor, TrustAnchor::create(*found, {std::move(ca)}, said_.time));
  return verify_path(leaf, anchor, Role::kTimeStamper, said_.time);
}

Result<void> TokenExamination::check_signature() {
  TRY(make_store());
  TRY(find_path());
  TRY(check_role());
  const VerifyContext context(TS_VERIFY_CTX_new());
  demand(context != nullptr);
  TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_SIGNER);
  demand(X509_STORE_up_ref(store_.get()) == 1);
  TS_VERIFY_CTX_set_store(context.get(), store_.get());  // takes that reference
  if (TS_RESP_verify_token(context.get(), token_.get()) != 1)
    return crypto::openssl_failure(ErrorCode::kSignatureInvalid, "time-stamp");
  return ok();
}

Result<void> TokenExamination::add_algorithms() {
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr,
                  TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info_.get())));
  TRY(std::string imprint, name_of_hash(OBJ_obj2nid(algorithm)));
  add(std::move(imprint));
  X509_ALGOR* digest = nullptr;
  PKCS7_SIGNER_INFO_get0_algs(signer_info_, nullptr, &digest, nullptr);
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, digest);
  TRY(std::string signed_hash, name_of_hash(OBJ_obj2nid(algorithm)));
  add(std::move(signed_hash));
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(path_.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* certificate = sk_X509_value(chain, i);
    TRY(std::string key, name_of_key(X509_get0_pubkey(certificate)));
    add(std::move(key));
    if (i + 1 == sk_X509_num(chain)) break;  // nobody believes a root for its own signature
    TRY(std::string hash, name_of_signature_hash(certificate));
    add(std::move(hash));
  }
  std::ranges::sort(said_.algorithms);
  const auto repeated = std::ranges::unique(said_.algorithms);
  said_.algorithms.erase(repeated.begin(), repeated.end());
  return ok();
}

Result<StampToken> TokenExamination::take() {
  TRY(add_algorithms());
  return std::move(said_);
}

}  // namespace

Result<std::vector<Bytes>> stamp_roots_from_pem(std::string_view pem) {
  if (pem.empty()) return fail(ErrorCode::kMalformed, "no certificates in PEM");
  const crypto::BioHandle text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  demand(text != nullptr);
  std::vector<Bytes> roots;
  for (;;) {
    const X509Handle certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    TRY(Bytes der, der_of(certificate.get()));
    roots.push_back(std::move(der));
  }
  const bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  crypto::openssl_text();
  if (roots.empty() || !is_at_end) return fail(ErrorCode::kMalformed, "no certificates in PEM");
  return roots;
}

bool is_known_algorithm(std::string_view name) {
  return std::ranges::find(kAlgorithms, name) != kAlgorithms.end();
}

Result<StampToken> verify_stamp_token(BytesView token, HashAlgorithm hash, BytesView digest,
                                      const StampAuthorities& authorities, BytesView nonce) {
  TokenExamination examination(authorities);
  TRY(examination.read(token));
  TRY(examination.check_signature());
  TRY(examination.check_contents(hash, digest, nonce));
  return examination.take();
}

}  // namespace countersign::x509
