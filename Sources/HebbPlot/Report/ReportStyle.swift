/// The style sheet of a report.
enum ReportStyle {
  /// The rules, with the colors of charts on light and dark pages.
  static let sheet = """
    :root{color-scheme:light dark;--page:#f5f6f8;--panel:#ffffff;--text:#1c2127;--soft:#5b6570;
    --line:#e1e5ea;--accent:#0b5fa5;--stripe:#f7f8fa;
    \(Paint.variables(dark: false))}
    @media screen and (prefers-color-scheme:dark){:root{--page:#111418;--panel:#1a1e24;
    --text:#e8ebef;--soft:#9ba5b1;--line:#2b323b;--accent:#6cb6f2;--stripe:#1f242b;
    \(Paint.variables(dark: true))}}
    \(base)
    \(Paint.styleSheet)
    """

  private static let base = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0 auto;padding:clamp(1.5rem,5vw,4rem) clamp(1rem,4vw,2.5rem) 3rem;max-width:68rem;
    background:var(--page);color:var(--text);line-height:1.55;font-size:1rem;
    font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
    header{margin-bottom:clamp(1.5rem,4vw,2.25rem)}
    h1{margin:0;font-size:clamp(1.7rem,1.2rem + 2.2vw,2.5rem);line-height:1.15;font-weight:700;
    letter-spacing:-.022em;text-wrap:balance;overflow-wrap:anywhere}
    h2{margin:0 0 .35rem;font-size:1.375rem;line-height:1.25;font-weight:650;letter-spacing:-.012em}
    h3{margin:1.75rem 0 .75rem;font-size:1rem;font-weight:600}
    p{margin:.5rem 0;max-width:44rem;overflow-wrap:anywhere}
    .subtitle{margin:.6rem 0 0;color:var(--soft);font-size:1.0625rem}
    .lead{color:var(--soft);margin:0 0 .25rem;text-wrap:pretty}
    section{margin-top:clamp(2.5rem,6vw,3.5rem)}
    dl,dd,figure{margin:0}
    .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.75rem}
    .cards>div{background:var(--panel);border:1px solid var(--line);border-radius:.75rem;
    padding:.9rem 1.1rem 1rem;min-width:0}
    .cards dt{color:var(--soft);font-size:.8125rem;font-weight:500}
    .cards dd{font-size:clamp(1.3rem,1rem + 1.2vw,1.625rem);line-height:1.25;font-weight:650;letter-spacing:-.015em;
    font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    .cards dd.note{margin-top:.2rem;color:var(--soft);font-size:.8125rem;line-height:1.4;
    font-weight:400;letter-spacing:0}
    .cards>div:first-child dd:not(.note){color:var(--accent)}
    .chart,.table,.facts,pre{background:var(--panel);border:1px solid var(--line);
    border-radius:.75rem;margin-top:1rem}
    .chart{padding:.5rem;min-width:0;break-inside:avoid}
    .row{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem;
    margin-top:1rem}
    .row .chart{margin-top:0}
    .sizes{container-type:inline-size}
    .sizes>div{display:none}
    .sizes svg{display:block;width:100%;height:auto;font-family:inherit}
    .sizes>div:nth-child(1){display:block}
    @container (min-width:450px){.sizes>div{display:none!important}
    .sizes>div:nth-child(2){display:block!important}}
    @container (min-width:600px){.of3>div:nth-child(2){display:none!important}
    .of3>div:nth-child(3){display:block!important}}
    @container (min-width:680px){.of4>div:nth-child(2){display:none!important}
    .of4>div:nth-child(3){display:block!important}}
    @container (min-width:880px){.of4>div:nth-child(3){display:none!important}
    .of4>div:nth-child(4){display:block!important}}
    figcaption{color:var(--soft);font-size:.875rem;line-height:1.45}
    .chart figcaption,.table figcaption{padding:.5rem .9rem .6rem;max-width:48rem}
    .table{overflow:hidden}
    .scroll{overflow-x:auto}
    table{width:100%;border-collapse:collapse;font-size:.9375rem}
    th,td{padding:.5rem clamp(.55rem,2vw,.9rem);text-align:left;vertical-align:baseline;white-space:nowrap}
    th{color:var(--soft);font-size:.8125rem;font-weight:600;border-bottom:1px solid var(--line);
    padding-top:.75rem}
    tbody tr+tr td{border-top:1px solid var(--line)}
    tbody tr:hover td{background:var(--stripe)}
    .number{text-align:right;font-variant-numeric:tabular-nums}
    .images{display:grid;grid-template-columns:repeat(auto-fill,minmax(var(--cell),1fr));
    gap:1.25rem 1rem;margin-top:1rem}
    .images figure{min-width:0;break-inside:avoid}
    .images img{display:block;max-width:100%;height:auto;border-radius:.375rem;
    outline:1px solid var(--line);outline-offset:-1px}
    .images img.tiny{image-rendering:pixelated;border-radius:.25rem}
    .images figcaption{margin-top:.45rem;font-size:.8125rem;line-height:1.35;white-space:pre-line;
    overflow-wrap:anywhere;max-width:var(--tile)}
    .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));
    column-gap:2.5rem;padding:.6rem 1.1rem .7rem}
    .facts>div{display:flex;justify-content:space-between;gap:1rem;padding:.35rem 0;
    font-size:.9375rem;min-width:0}
    .facts dt{color:var(--soft);flex:none}
    .facts dd{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:anywhere;min-width:0}
    pre{padding:.9rem 1.1rem;overflow-x:auto;font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,
    Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
    footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);
    font-size:.8125rem;overflow-wrap:anywhere}
    @media (max-width:30rem){table{font-size:.875rem}th,td{padding:.45rem .5rem}}
    @media print{:root{--page:#fff}body{padding:0;max-width:none;font-size:10pt}}
    """
}
