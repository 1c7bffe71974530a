/// The style sheet of the report: for a projector and for paper.
enum ReportStyle {
    static let text = """
        :root { --ink: #1d2430; --soft: #5d6675; --line: #d9dee6; --paper: #ffffff; --shade: #f5f7fa; --blue: #0072b2; }
        * { box-sizing: border-box; }
        body { font: 16px/1.5 system-ui, "Liberation Sans", "DejaVu Sans", sans-serif; color: var(--ink);
          background: var(--paper); max-width: 1120px; margin: 0 auto; padding: 28px 24px 48px; }
        h1 { font-size: 32px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
        h2 { font-size: 22px; margin: 36px 0 12px; padding-bottom: 4px; border-bottom: 2px solid var(--line); }
        h3 { font-size: 17px; margin: 26px 0 8px; }
        p { margin: 8px 0; }
        .kicker { color: var(--blue); font-weight: 600; letter-spacing: 0.03em; margin: 0; }
        .muted, .legend { color: var(--soft); font-size: 13px; }
        .summary { font-size: 17px; max-width: 62em; }
        .verdict { margin: 18px 0; padding: 12px 16px; border-left: 6px solid; border-radius: 4px; font-weight: 600; }
        .verdict.green { background: #e6f4ec; border-color: #1a7f4b; }
        .verdict.red { background: #fdeae7; border-color: #c0341d; }
        .verdict.grey { background: #eef0f3; border-color: #8a93a1; }
        .box { background: var(--shade); border: 1px solid var(--line); border-radius: 6px; padding: 12px 16px;
          margin: 12px 0; overflow-wrap: anywhere; }
        .box h2 { margin-top: 4px; border: none; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 2px solid var(--line);
          padding: 6px 8px; vertical-align: bottom; }
        td { padding: 6px 6px; border-bottom: 1px solid var(--line); vertical-align: top; unicode-bidi: isolate; }
        .n { text-align: right; }
        .nowrap { white-space: nowrap; }
        tr.more td { border-bottom: 1px solid var(--line); padding-top: 2px; }
        tr:has(+ tr.more) td { border-bottom: none; }
        .chip { display: inline-block; padding: 0 8px; border-radius: 10px; font-size: 12px; font-weight: 600;
          white-space: nowrap; }
        .chip.green { background: #d4ecdf; color: #0f5a33; }
        .chip.red { background: #f9d5cf; color: #8f2110; }
        .chip.grey { background: #e3e7ec; color: #434c5a; }
        .chip.amber { background: #fbe8c3; color: #6f4a00; }
        .scale { display: flex; justify-content: space-between; width: 96px; font-weight: 400; font-size: 12px; }
        .cards { display: flex; flex-wrap: wrap; gap: 16px; margin: 14px 0; align-items: flex-start; }
        .cards:empty { display: none; }
        figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; padding: 12px 14px; max-width: 100%;
          break-inside: avoid; }
        figure { flex: 1 1 440px; }
        figure:has(.plot, .pictures) { max-width: 528px; }
        figcaption { font-size: 14px; margin-bottom: 8px; max-width: 50em; }
        .plot svg { display: block; width: 100%; height: auto; }
        .pictures { width: auto; }
        .pictures th, .pictures td { border: none; padding: 2px 8px 2px 0; vertical-align: middle; }
        .pictures img { display: block; image-rendering: pixelated; width: 390px; max-width: 100%; height: auto; }
        pre { background: var(--shade); border-radius: 4px; padding: 10px 12px; margin: 0; font: 13px/1.45 monospace;
          white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30em; overflow: auto; unicode-bidi: isolate; }
        code { font-size: 0.92em; overflow-wrap: anywhere; }
        details summary { cursor: pointer; color: var(--blue); font-size: 13px; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 6px 0; font-size: 13px; }
        dl.glossary { font-size: 15px; gap: 8px 20px; }
        dt { font-weight: 600; max-width: 16em; overflow-wrap: anywhere; }
        dd { margin: 0; overflow-wrap: anywhere; }
        footer h2 { font-size: 17px; }
        @media print {
          body { max-width: none; padding: 0; font-size: 11pt; }
          table { font-size: 9pt; }
          .verdict, .box, .chip, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          tr, figure, .box, .verdict { break-inside: avoid; }
          h2, h3 { break-after: avoid; }
          thead { display: table-header-group; }
          .scroll { overflow: visible; }
          pre { max-height: none; }
          details::details-content { content-visibility: visible; height: auto; }
        }
        """
}
