// SPDX-License-Identifier: Apache-2.0
#include "crypto/verification_table.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>

#include "crypto/digest.h"
#include "crypto/openssl.h"
#include "crypto/random.h"

namespace countersign::crypto {
namespace {

using Number = Handle<BIGNUM, BN_free>;
using Context = Handle<BN_CTX, BN_CTX_free>;
using Group = Handle<EC_GROUP, EC_GROUP_free>;
using Point = Handle<EC_POINT, EC_POINT_free>;
using Signature = Handle<ECDSA_SIG, ECDSA_SIG_free>;

// Signatures as another could make them, from numbers of his choice.
class VerificationTableTest : public testing::Test {
 protected:
  // The table's answer, which must be that of the key itself.
  bool verifies(BytesView signature) const {
    const bool by_table = table_.verifies(sha256(message_), signature);
    EXPECT_EQ(by_table, key_.public_key().verify(message_, signature).has_value());
    EXPECT_EQ(by_table, table_.verify(message_, signature).has_value());
    return by_table;
  }

  // The same for a digest of choice.
  bool agrees_on(const Sha256Digest& digest, const Bytes& signature) const {
    const EvpKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.native(), nullptr));
    EXPECT_EQ(EVP_PKEY_verify_init(context.get()), 1);
    const bool by_key =
        EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
    const bool by_table = table_.verifies(digest, signature);
    EXPECT_EQ(by_table, by_key);
    return by_table;
  }

  Bytes encode(Number r, Number s) const {
    const Signature signature(ECDSA_SIG_new());
    ECDSA_SIG_set0(signature.get(), r.release(), s.release());
    Bytes der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)));
    std::uint8_t* cursor = der.data();
    i2d_ECDSA_SIG(signature.get(), &cursor);
    return der;
  }

  Signature decode(const Bytes& der) const {
    const std::uint8_t* cursor = der.data();
    return Signature(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  }

  Number number(unsigned long value) const {
    Number out(BN_new());
    BN_set_word(out.get(), value);
    return out;
  }
  Number plus(const BIGNUM* a, const BIGNUM* b) const {
    Number out(BN_new());
    BN_add(out.get(), a, b);
    return out;
  }
  Number sum_with(const BIGNUM* a, const BIGNUM* b) const {
    Number out(BN_new());
    BN_mod_add(out.get(), a, b, order(), context_.get());
    return out;
  }
  Number product(const BIGNUM* a, const BIGNUM* b) const {
    Number out(BN_new());
    BN_mod_mul(out.get(), a, b, order(), context_.get());
    return out;
  }
  Number private_number() const {
    BIGNUM* out = nullptr;
    EVP_PKEY_get_bn_param(key_.native(), OSSL_PKEY_PARAM_PRIV_KEY, &out);
    return Number(out);
  }
  // x(k·G) mod n.
  Number coordinate(const BIGNUM* k) const {
    const Point point(EC_POINT_new(curve_.get()));
    Number x(BN_new());
    EC_POINT_mul(curve_.get(), point.get(), k, nullptr, nullptr, context_.get());
    EC_POINT_get_affine_coordinates(curve_.get(), point.get(), x.get(), nullptr, context_.get());
    BN_nnmod(x.get(), x.get(), order(), context_.get());
    return x;
  }
  Sha256Digest digest_of(const BIGNUM* value) const {
    Sha256Digest digest{};
    BN_bn2binpad(value, digest.data(), static_cast<int>(digest.size()));
    return digest;
  }
  const BIGNUM* order() const { return EC_GROUP_get0_order(curve_.get()); }

  PrivateKey key_ = PrivateKey::generate(KeyKind::kP256);
  VerificationTable table_ = VerificationTable::make(key_.public_key()).value();
  Bytes message_ = to_bytes(as_bytes("order"));
  Context context_{BN_CTX_new()};
  Group curve_{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
};

TEST_F(VerificationTableTest, AgreesWithTheKeyOnManyMessages) {
  const PrivateKey other = PrivateKey::generate(KeyKind::kP256);
  for (int i = 0; i < 200; ++i) {
    message_ = random_bytes(40);
    EXPECT_TRUE(verifies(key_.sign(message_).value()));
    EXPECT_FALSE(verifies(other.sign(message_).value()));
    EXPECT_FALSE(verifies(key_.sign(random_bytes(40)).value()));
  }
}

TEST_F(VerificationTableTest, AgreesWithTheKeyOnEveryFlippedBitAndLength) {
  const Bytes signature = key_.sign(message_).value();
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Bytes altered = signature;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verifies(altered)) << bit;
  }
  for (std::size_t size = 0; size < signature.size(); ++size) {
    EXPECT_FALSE(verifies(BytesView(signature).first(size))) << size;
  }
  Bytes longer = signature;
  longer.resize(100);
  EXPECT_FALSE(verifies(longer));
}

TEST_F(VerificationTableTest, RefusesNumbersOutOfRangeAndTakesTheSecondForm) {
  const Signature good = decode(key_.sign(message_).value());
  const BIGNUM* const r = ECDSA_SIG_get0_r(good.get());
  const BIGNUM* const s = ECDSA_SIG_get0_s(good.get());
  const auto copy = [](const BIGNUM* value) { return Number(BN_dup(value)); };
  const auto negative = [&](const BIGNUM* value) {
    Number out = copy(value);
    BN_set_negative(out.get(), 1);
    return out;
  };
  EXPECT_TRUE(verifies(encode(copy(r), copy(s))));
  EXPECT_FALSE(verifies(encode(number(0), copy(s))));
  EXPECT_FALSE(verifies(encode(copy(r), number(0))));
  EXPECT_FALSE(verifies(encode(copy(order()), copy(s))));
  EXPECT_FALSE(verifies(encode(copy(r), copy(order()))));
  EXPECT_FALSE(verifies(encode(plus(r, order()), copy(s))));
  EXPECT_FALSE(verifies(encode(copy(r), plus(s, order()))));
  EXPECT_TRUE(verifies(encode(copy(r), plus(order(), negative(s).get()))));  // n − s
}

TEST_F(VerificationTableTest, RefusesAnotherEncodingOfAGoodSignature) {
  const Bytes signature = key_.sign(message_).value();
  Bytes long_form = signature;  // the length of the SEQUENCE in two octets
  long_form.insert(long_form.begin() + 1, 0x81);
  EXPECT_FALSE(verifies(long_form));
  Bytes padded = signature;  // r with a zero too many in front
  padded.insert(padded.begin() + 4, 0);
  ++padded[1];
  ++padded[3];
  EXPECT_FALSE(verifies(padded));
}

TEST_F(VerificationTableTest, RefusesANegativeNumber) {
  Bytes signature = key_.sign(message_).value();
  while (signature[4] != 0) signature = key_.sign(message_).value();  // until r begins with a set bit
  signature.erase(signature.begin() + 4);                             // which is now its sign
  --signature[1];
  --signature[3];
  EXPECT_FALSE(verifies(signature));
}

// With e = r·d the two points that are added are the same: adding them takes the formula for doubling.
TEST_F(VerificationTableTest, AddsAPointToItself) {
  const Number d = private_number();
  const Number k = number(20'261'122);
  Number r = coordinate(k.get());
  const Number e = product(r.get(), d.get());
  Number inverse(BN_new());
  BN_mod_inverse(inverse.get(), k.get(), order(), context_.get());
  Number s = product(plus(e.get(), e.get()).get(), inverse.get());
  EXPECT_TRUE(agrees_on(digest_of(e.get()), encode(std::move(r), std::move(s))));
}

// With e = −r·d they cancel out.
TEST_F(VerificationTableTest, RefusesWhenThePointsCancelOut) {
  Number r = number(7);
  const Number product_of = product(r.get(), private_number().get());
  Number e(BN_new());
  BN_sub(e.get(), order(), product_of.get());
  EXPECT_EQ(BN_is_zero(sum_with(e.get(), product_of.get()).get()), 1) << "u1·G + u2·Q is no point";
  EXPECT_FALSE(agrees_on(digest_of(e.get()), encode(std::move(r), number(9))));
}

// A coordinate of a point can be beyond the order, once in 2^128 signatures: x = n + r. Such a point is
// chosen here, and the key computed to whose signature (r, s) it belongs: Q = r⁻¹·(s·R − e·G).
TEST_F(VerificationTableTest, TakesAPointWhoseCoordinateIsBeyondTheOrder) {
  const Point point(EC_POINT_new(curve_.get()));
  unsigned long r = 1;
  while (EC_POINT_set_compressed_coordinates(curve_.get(), point.get(), plus(order(), number(r).get()).get(),
                                             0, context_.get()) != 1)
    ++r;
  const Number s = number(20'261'122);
  Number e(BN_new());
  const Sha256Digest digest = sha256(message_);
  BN_bin2bn(digest.data(), static_cast<int>(digest.size()), e.get());
  Number inverse(BN_new());
  BN_mod_inverse(inverse.get(), number(r).get(), order(), context_.get());
  const Number of_point = product(s.get(), inverse.get());
  const Number of_generator = product(e.get(), inverse.get());
  Number negative(BN_new());
  BN_sub(negative.get(), order(), of_generator.get());
  const Point key(EC_POINT_new(curve_.get()));
  EC_POINT_mul(curve_.get(), key.get(), negative.get(), point.get(), of_point.get(), context_.get());

  Bytes spki = key_.public_key().spki();
  constexpr std::size_t kPointSize = 65;
  EC_POINT_point2oct(curve_.get(), key.get(), POINT_CONVERSION_UNCOMPRESSED,
                     spki.data() + spki.size() - kPointSize, kPointSize, context_.get());
  const PublicKey chosen = PublicKey::from_spki(spki).value();
  const VerificationTable table = VerificationTable::make(chosen).value();
  const Bytes signature = encode(number(r), number(20'261'122));
  EXPECT_TRUE(chosen.verify(message_, signature));
  EXPECT_TRUE(table.verify(message_, signature));
  const Bytes beyond = encode(plus(order(), number(r).get()), number(20'261'122));
  EXPECT_FALSE(chosen.verify(message_, beyond));
  EXPECT_FALSE(table.verify(message_, beyond));
}

TEST(VerificationTable, IsForKeysOfTheCurveOnly) {
  const PrivateKey key = PrivateKey::generate(KeyKind::kEd25519);
  const auto table = VerificationTable::make(key.public_key());
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::crypto
