// SPDX-License-Identifier: Apache-2.0
// EC_GROUP_precompute_mult is deprecated without a replacement, because named curves have their own tables;
// tables of other points are just what is wanted here.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/verification_table.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/openssl.h"
#include "crypto/p256.h"

namespace countersign::crypto {
namespace {

using GroupHandle = Handle<EC_GROUP, EC_GROUP_free>;
using PointHandle = Handle<EC_POINT, EC_POINT_free>;
using NumberHandle = Handle<BIGNUM, BN_free>;
using NumberContext = Handle<BN_CTX, BN_CTX_free>;
using SignatureHandle = Handle<ECDSA_SIG, ECDSA_SIG_free>;

void expect(bool done, std::string_view what) {
  if (!done) throw_openssl(what);
}

GroupHandle new_curve() {
  GroupHandle curve(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  expect(curve != nullptr, "EC_GROUP_new_by_curve_name");
  return curve;
}

// P-256 with OpenSSL's own multiples of its generator.
const EC_GROUP* p256() {
  static const GroupHandle kCurve = new_curve();
  return kCurve.get();
}

// The numbers of one verification; they come from the context's pool and go back to it together.
class Numbers {
 public:
  Numbers() : context_(BN_CTX_new()) {
    expect(context_ != nullptr, "BN_CTX_new");
    BN_CTX_start(context_.get());
  }
  ~Numbers() { BN_CTX_end(context_.get()); }
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;

  BIGNUM* next() {
    BIGNUM* const number = BN_CTX_get(context_.get());
    expect(number != nullptr, "BN_CTX_get");
    return number;
  }
  BN_CTX* context() { return context_.get(); }

 private:
  NumberContext context_;
};

// The signature, or nothing unless it is in DER to the last bit: ECDSA-Sig-Value has one form only.
SignatureHandle decode(BytesView der) {
  constexpr std::size_t kLargest = 80;  // two INTEGERs of at most 33 octets, and their framing
  if (der.size() > kLargest) return nullptr;
  const std::uint8_t* cursor = der.data();
  SignatureHandle signature(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  if (!signature) return nullptr;
  std::uint8_t* again = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &again);
  const Handle<std::uint8_t, [](std::uint8_t* p) { OPENSSL_free(p); }> owner(again);
  const bool is_same =
      size == static_cast<int>(der.size()) && std::equal(der.begin(), der.end(), owner.get());
  return is_same ? std::move(signature) : nullptr;
}

bool is_scalar(const BIGNUM* number, const BIGNUM* order) {
  return BN_is_negative(number) == 0 && BN_is_zero(number) == 0 && BN_ucmp(number, order) < 0;
}

}  // namespace

Result<VerificationTable> VerificationTable::make(const PublicKey& key) {
  if (key.kind() != KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "verification table: not a P-256 key");
  GroupHandle multiples = new_curve();
  Numbers numbers;
  const PointHandle point(EC_POINT_new(p256()));
  const BytesView encoded = p256_point(key);
  expect(point &&
             EC_POINT_oct2point(p256(), point.get(), encoded.data(), encoded.size(), numbers.context()) == 1,
         "EC_POINT_oct2point");
  expect(EC_GROUP_set_generator(multiples.get(), point.get(), EC_GROUP_get0_order(p256()),
                                EC_GROUP_get0_cofactor(p256())) == 1 &&
             EC_GROUP_precompute_mult(multiples.get(), numbers.context()) == 1,
         "EC_GROUP_precompute_mult");
  return VerificationTable(key, std::move(multiples));
}

bool VerificationTable::verifies(const Sha256Digest& digest, BytesView signature) const {
  const SignatureHandle decoded = decode(signature);
  if (!decoded) {
    ERR_clear_error();
    return false;
  }
  const BIGNUM* const order = EC_GROUP_get0_order(p256());
  const BIGNUM* const r = ECDSA_SIG_get0_r(decoded.get());
  const BIGNUM* const s = ECDSA_SIG_get0_s(decoded.get());
  if (!is_scalar(r, order) || !is_scalar(s, order)) return false;

  Numbers numbers;
  BN_CTX* const context = numbers.context();
  BIGNUM* const e = numbers.next();
  BIGNUM* const w = numbers.next();   // s⁻¹ mod n
  BIGNUM* const u1 = numbers.next();  // e·w mod n
  BIGNUM* const u2 = numbers.next();  // r·w mod n
  BIGNUM* const x = numbers.next();
  expect(BN_bin2bn(digest.data(), static_cast<int>(digest.size()), e) != nullptr &&
             BN_mod_inverse(w, s, order, context) != nullptr && BN_mod_mul(u1, e, w, order, context) == 1 &&
             BN_mod_mul(u2, r, w, order, context) == 1,
         "ECDSA: scalars");
  const PointHandle of_curve(EC_POINT_new(p256()));
  const PointHandle of_key(EC_POINT_new(p256()));
  expect(of_curve && of_key && EC_POINT_mul(p256(), of_curve.get(), u1, nullptr, nullptr, context) == 1 &&
             EC_POINT_mul(multiples_.get(), of_key.get(), u2, nullptr, nullptr, context) == 1 &&
             EC_POINT_add(p256(), of_key.get(), of_key.get(), of_curve.get(), context) == 1,
         "ECDSA: points");
  if (EC_POINT_is_at_infinity(p256(), of_key.get()) == 1) return false;
  expect(EC_POINT_get_affine_coordinates(p256(), of_key.get(), x, nullptr, context) == 1 &&
             BN_nnmod(x, x, order, context) == 1,
         "ECDSA: coordinate");
  return BN_cmp(x, r) == 0;
}

Result<void> VerificationTable::verify(BytesView message, BytesView signature) const {
  if (verifies(sha256(message), signature)) return ok();
  return fail(ErrorCode::kSignatureInvalid,
              "signature does not verify under key " + hex_encode(key_.spki_digest()));
}

}  // namespace countersign::crypto
