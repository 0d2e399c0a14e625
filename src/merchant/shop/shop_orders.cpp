// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/shop_orders.h"

#include <algorithm>
#include <array>

#include "crypto/digest.h"
#include "merchant/dialogue_store.h"
#include "x509/cms.h"

namespace countersign::merchant {
namespace {

constexpr std::string_view kFirst = R"sql(
CREATE TABLE shop_orders (
  checkout TEXT PRIMARY KEY REFERENCES checkouts(id),
  session BLOB NOT NULL
);
CREATE INDEX shop_orders_by_session ON shop_orders (session, checkout);
)sql";

// Carts that became several orders, at the gateways of several sellers.
constexpr std::string_view kSecond = R"sql(
CREATE TABLE shop_carts (
  id TEXT PRIMARY KEY,
  session BLOB NOT NULL,
  created BIGINT NOT NULL
);
CREATE INDEX shop_carts_by_session ON shop_carts (session, created);
CREATE TABLE shop_cart_orders (
  cart TEXT NOT NULL REFERENCES shop_carts(id),
  seller TEXT NOT NULL,
  gateway TEXT NOT NULL,
  checkout TEXT NOT NULL,
  token TEXT NOT NULL,
  lines TEXT NOT NULL,
  total BIGINT NOT NULL,
  currency TEXT NOT NULL,
  expires BIGINT NOT NULL,
  state TEXT NOT NULL,
  confirmation BLOB NOT NULL,
  PRIMARY KEY (cart, seller)
);
CREATE INDEX shop_cart_orders_by_checkout ON shop_cart_orders (checkout);
)sql";

// Log-ins with the terminal, by the digest of what the browser's cookie holds.
constexpr std::string_view kThird = R"sql(
CREATE TABLE shop_logins (
  token BLOB PRIMARY KEY,
  identification TEXT NOT NULL REFERENCES checkouts(id),
  begun BIGINT NOT NULL
);
CREATE INDEX shop_logins_by_time ON shop_logins (begun);
)sql";

constexpr int kChecksLookedAt = 100;

constexpr std::array kMigrations = {storage::Migration{1, kFirst}, storage::Migration{2, kSecond},
                                    storage::Migration{3, kThird}};

Bytes digest_of(std::string_view session) {
  return to_bytes(crypto::sha256(as_bytes(session)));
}

struct Times {
  std::optional<TimePoint> countersigned, received;
};

Result<std::optional<TimePoint>> find_receipt(storage::Reader& reader, const std::string& order_id) {
  TRY(const auto row, reader.query_one("SELECT received FROM answers WHERE order_id = $1", {order_id}));
  if (!row) return std::nullopt;
  return std::optional(from_unix_seconds(row->integer(0)));
}

// When the merchant says that it countersigned.
Result<TimePoint> signing_time_of(BytesView der) {
  TRY(const auto cms, x509::UnverifiedCms::parse(der));
  TRY(const auto signer, x509::Certificate::from_der(cms.signer_certificate_der()));
  TRY(const auto verified, x509::verify_cms(cms, signer));
  return verified.signing_time;
}

Result<Bytes> content_of(BytesView der) {
  TRY(const auto cms, x509::UnverifiedCms::parse(der));
  return to_bytes(cms.unverified_content());
}

Result<void> read_documents(storage::Reader& reader, ShopOrder& shown) {
  TRY(const auto order, find_order(reader, shown.order_id));
  if (!order) return ok();
  shown.order = order->document;
  TRY(auto countersigned, find_countersigned(reader, shown.order_id));
  if (!countersigned) return ok();
  shown.countersigned_order = std::move(countersigned->document);
  TRY(shown.signed_order, content_of(shown.countersigned_order));
  if (!shown.answer || shown.answer->answer.kind != SignedAnswer::Kind::kConfirmation) return ok();
  TRY(shown.confirmation, read_confirmation(shown.answer->answer.document));
  return ok();
}

Result<std::vector<TimelineStep>> timeline_of(const ShopOrder& shown, const Times& times) {
  std::vector<TimelineStep> steps{{StepKind::kOpened, shown.checkout.created}};
  if (!shown.order.empty()) {
    TRY(const auto order, documents::parse_order(shown.order));
    steps.push_back({StepKind::kTaken, order.created});
  }
  if (shown.payment && shown.payment->state == PaymentAttempt::State::kApproved)
    steps.push_back({StepKind::kPaid, std::nullopt});
  if (shown.payment && shown.payment->state == PaymentAttempt::State::kDeclined)
    steps.push_back({StepKind::kPaymentDeclined, std::nullopt});
  if (times.countersigned) steps.push_back({StepKind::kCountersigned, times.countersigned});
  if (shown.confirmation) {
    steps.push_back({StepKind::kConfirmed, shown.confirmation->time});
    steps.push_back({StepKind::kReceived, times.received});
  }
  if (shown.checkout.state == CheckoutState::kRefused) steps.push_back({StepKind::kRefused, times.received});
  if (shown.checkout.state == CheckoutState::kCancelled)
    steps.push_back({StepKind::kCancelled, std::nullopt});
  if (shown.checkout.state == CheckoutState::kExpired)
    steps.push_back({StepKind::kExpired, shown.checkout.expires});
  return steps;
}

}  // namespace

Result<documents::Confirmation> read_confirmation(BytesView der) {
  TRY(const auto content, content_of(der));
  return documents::parse_confirmation(content);
}

Result<void> ShopOrders::migrate(storage::Database& database) {
  return database.migrate("shop", kMigrations);
}

Result<void> ShopOrders::remember(std::string_view session, std::string_view checkout) {
  return context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO shop_orders (checkout, session) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        {std::string(checkout), digest_of(session)}));
    return ok();
  });
}

Result<ShopOrder> ShopOrders::find(std::string_view session, std::string_view checkout) {
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row,
        reader.query_one("SELECT checkout FROM shop_orders WHERE checkout = $1 AND session = $2",
                         {std::string(checkout), digest_of(session)}));
    if (!row) return fail(ErrorCode::kNotFound, "no such order of this browser");
    return ok();
  }));
  TRY(auto view, checkouts_.view(checkout));
  ShopOrder shown;
  shown.checkout = std::move(view.checkout);
  shown.order_id = std::move(view.order_id);
  shown.answer = std::move(view.answer);
  shown.information = std::move(view.information);
  shown.payment = std::move(view.payment);
  Times times;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(read_documents(reader, shown));
    TRY(times.received, find_receipt(reader, shown.order_id));
    return ok();
  }));
  if (!shown.countersigned_order.empty()) {
    TRY(times.countersigned, signing_time_of(shown.countersigned_order));
  }
  TRY(shown.timeline, timeline_of(shown, times));
  return shown;
}

Result<std::vector<Checkout>> ShopOrders::newest(std::string_view session, int limit) {
  std::vector<Checkout> checkouts;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows,
        reader.query("SELECT o.checkout FROM shop_orders o JOIN checkouts c ON c.id = o.checkout "
                     "WHERE o.session = $1 AND c.purpose = 'purchase' ORDER BY o.checkout DESC LIMIT $2",
                     {digest_of(session), std::int64_t{limit}}));
    for (const auto& row : rows) {
      TRY(auto checkout, require_checkout(reader, row.text(0)));
      checkouts.push_back(std::move(checkout));
    }
    return ok();
  }));
  return checkouts;
}

Result<std::string> ShopOrders::age_check(std::string_view session, int age) {
  std::string found;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows,
        reader.query("SELECT o.checkout FROM shop_orders o JOIN checkouts c ON c.id = o.checkout "
                     "WHERE o.session = $1 AND c.purpose = 'age-check' AND c.state = 'confirmed' "
                     "AND NOT EXISTS (SELECT 1 FROM checkouts p WHERE p.identification = c.id "
                     "AND p.identification <> '' AND p.state IN ('cancelled', 'expired')) "
                     "ORDER BY o.checkout DESC LIMIT $2",
                     {digest_of(session), std::int64_t{kChecksLookedAt}}));
    for (const auto& row : rows) {
      TRY(const auto information, released_information(reader, row.text(0)));
      if (!shows_age(information, age)) continue;
      found = row.text(0);
      return ok();
    }
    return ok();
  }));
  return found;
}

bool shows_age(const std::vector<documents::AnsweredField>& information, int age) {
  return std::ranges::any_of(information, [&](const auto& answered) {
    return answered.field.field == documents::PersonalField::kOverAge && answered.field.age >= age &&
           answered.is_over;
  });
}

}  // namespace countersign::merchant
