// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/shop_logins.h"

#include "base/clock.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "x509/name.h"

namespace countersign::merchant {
namespace {

constexpr std::size_t kTokenBytes = 32;

Bytes digest_of(std::string_view token) {
  return to_bytes(crypto::sha256(as_bytes(token)));
}

}  // namespace

Result<std::string> ShopLogins::begin(std::string_view identification) {
  std::string token = crypto::random_token(kTokenBytes);
  const auto now = unix_seconds(context_.clock.now());
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("DELETE FROM shop_logins WHERE begun < $1", {now - kLongest.count()}));
    TRY(transaction.execute("INSERT INTO shop_logins (token, identification, begun) VALUES ($1, $2, $3)",
                            {digest_of(token), std::string(identification), now}));
    return ok();
  }));
  return token;
}

Result<std::string> ShopLogins::customer(std::string_view token) {
  std::string identification;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row,
        reader.query_one("SELECT identification FROM shop_logins WHERE token = $1 AND begun >= $2",
                         {digest_of(token), unix_seconds(context_.clock.now() - kLongest)}));
    if (row) identification = row->text(0);
    return ok();
  }));
  if (identification.empty()) return std::string();
  TRY(const auto view, checkouts_.view(identification));
  if (view.checkout.state != CheckoutState::kConfirmed || view.holder.empty()) return std::string();
  TRY(const auto subject, x509::Name::from_text(view.holder));
  return subject.value_of("UID");
}

Result<void> ShopLogins::end(std::string_view token) {
  return context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("DELETE FROM shop_logins WHERE token = $1", {digest_of(token)}));
    return ok();
  });
}

}  // namespace countersign::merchant
