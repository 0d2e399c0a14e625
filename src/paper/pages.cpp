// SPDX-License-Identifier: Apache-2.0
#include "paper/pages.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>

namespace countersign::paper {
namespace {

constexpr const char* kFonts = "Noto Sans CJK KR, Noto Sans, DejaVu Sans, sans-serif";
constexpr double kFootSize = 7.5;
constexpr double kBottom = Pages::kHeight - Pages::kMargin - 14;  // below it stands the foot
constexpr double kPointsPerInch = 72;

cairo_status_t append(void* pdf, const unsigned char* data, unsigned int size) {
  auto& bytes = *static_cast<Bytes*>(pdf);
  bytes.insert(bytes.end(), data, data + size);
  return CAIRO_STATUS_SUCCESS;
}

double points(int pango_units) {
  return static_cast<double>(pango_units) / PANGO_SCALE;
}

struct FreeIterator {
  void operator()(PangoLayoutIter* iterator) const { pango_layout_iter_free(iterator); }
};
struct FreeOptions {
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};
struct FreeDescription {
  void operator()(PangoFontDescription* description) const { pango_font_description_free(description); }
};

// One cell of a row while its lines are drawn, perhaps over several pages.
struct Lines {
  LayoutPtr layout;
  std::unique_ptr<PangoLayoutIter, FreeIterator> iterator;
  double left = 0;
  bool is_done = false;

  // Draws the lines that fit from `top` on; answers where the last one ends.
  double draw(cairo_t* cairo, double top) {
    double y = top;
    while (!is_done) {
      PangoRectangle line{};
      pango_layout_iter_get_line_extents(iterator.get(), nullptr, &line);
      const double height = points(line.height);
      if (y + height > kBottom) return y;
      const double baseline = y + points(pango_layout_iter_get_baseline(iterator.get()) - line.y);
      cairo_move_to(cairo, left + points(line.x), baseline);
      pango_cairo_show_layout_line(cairo, pango_layout_iter_get_line_readonly(iterator.get()));
      y += height;
      is_done = pango_layout_iter_next_line(iterator.get()) == FALSE;
    }
    return y;
  }
};

}  // namespace

Pages::Pages(const std::string& title, std::string foot, TimePoint printed)
    : foot_(std::move(foot)),
      surface_(cairo_pdf_surface_create_for_stream(append, &pdf_, kWidth, kHeight)),
      cairo_(cairo_create(surface_.get())),
      context_(pango_cairo_create_context(cairo_.get())) {
  pango_cairo_context_set_resolution(context_.get(), kPointsPerInch);
  // Paper has no pixels to fit letters to.
  const std::unique_ptr<cairo_font_options_t, FreeOptions> options(cairo_font_options_create());
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context_.get(), options.get());
  pango_context_set_round_glyph_positions(context_.get(), FALSE);
  const std::string time = format_time(printed);
  cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
  cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATE_DATE, time.c_str());
  cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATOR, "countersign");
}

LayoutPtr Pages::lay_out(const Cell& cell) {
  LayoutPtr layout(pango_layout_new(context_.get()));
  const std::unique_ptr<PangoFontDescription, FreeDescription> font(
      pango_font_description_from_string(kFonts));
  pango_font_description_set_absolute_size(font.get(), cell.style.size * PANGO_SCALE);
  if (cell.style.weight == Weight::kBold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_width(layout.get(), static_cast<int>(cell.column.width * PANGO_SCALE));
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_alignment(layout.get(),
                             cell.style.align == Align::kRight ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
  pango_layout_set_text(layout.get(), cell.text.data(), static_cast<int>(cell.text.size()));
  if (without_font_.empty() && pango_layout_get_unknown_glyphs_count(layout.get()) > 0)
    without_font_ = cell.text;
  return layout;
}

void Pages::row(const std::vector<Cell>& cells, double keep) {
  if (y_ + keep > kBottom) new_page();
  std::vector<Lines> open;
  for (const Cell& cell : cells) {
    Lines lines{lay_out(cell), nullptr, cell.column.left};
    lines.iterator.reset(pango_layout_get_iter(lines.layout.get()));
    open.push_back(std::move(lines));
  }
  const auto draw_all = [&] {
    double bottom = y_;
    for (Lines& lines : open) bottom = std::max(bottom, lines.draw(cairo_.get(), y_));
    y_ = bottom;
    return std::ranges::all_of(open, &Lines::is_done);
  };
  while (!draw_all()) new_page();
}

void Pages::rule() {
  cairo_set_line_width(cairo_.get(), 0.5);
  cairo_move_to(cairo_.get(), kMargin, y_);
  cairo_line_to(cairo_.get(), kWidth - kMargin, y_);
  cairo_stroke(cairo_.get());
}

void Pages::square(const std::vector<bool>& modules, int side, double size) {
  const double module = size / side;
  const double left = kWidth - kMargin - size;
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      if (!modules[static_cast<std::size_t>(row * side + column)]) continue;
      cairo_rectangle(cairo_.get(), left + column * module, kMargin + row * module, module, module);
    }
  }
  cairo_fill(cairo_.get());
}

void Pages::write_foot() {
  const double at = y_;
  y_ = kBottom + 6;
  const Cell cell{foot_ + " – page " + std::to_string(page_), kWhole, {.size = kFootSize}};
  const LayoutPtr layout = lay_out(cell);
  cairo_move_to(cairo_.get(), kMargin, y_);
  pango_cairo_show_layout(cairo_.get(), layout.get());
  y_ = at;
}

void Pages::new_page() {
  write_foot();
  cairo_show_page(cairo_.get());
  ++page_;
  y_ = kMargin;
}

Result<Bytes> Pages::finish() {
  write_foot();
  cairo_show_page(cairo_.get());
  cairo_surface_finish(surface_.get());
  for (const cairo_status_t status : {cairo_status(cairo_.get()), cairo_surface_status(surface_.get())})
    if (status != CAIRO_STATUS_SUCCESS)
      return fail(ErrorCode::kUnavailable, std::string("PDF: ") + cairo_status_to_string(status));
  if (!without_font_.empty())
    return fail(ErrorCode::kUnavailable, "PDF: no font here has all letters of '" + without_font_ +
                                             "': install one, as Debian's fonts-noto-cjk for Korean");
  return std::move(pdf_);
}

}  // namespace countersign::paper
