/// The page, in Mustache; a string and not a resource, so that the program can be moved without its bundle.
///
/// Triple braces stand only where our own SVG, base64 and style go; no text of an experiment is put into an attribute.
enum ReportTemplate {
    static let text = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}} – Penumbra</title>
        <style>{{{style}}}</style>
        </head>
        <body>
        <header>
        <p class="kicker">Penumbra · what a model leaks</p>
        <h1>{{title}}</h1>
        <p class="muted">{{subtitle}}</p>
        </header>
        <div class="verdict {{tone}}">{{verdict}}</div>
        <p class="summary">{{#summary}}{{.}} {{/summary}}</p>
        \(data)
        {{#frontier}}
        <section>
        <h2>Epsilon, above and below</h2>
        <div class="scroll plot">{{{drawing}}}</div>
        <p class="legend">{{explanation}}</p>
        </section>
        {{/frontier}}
        {{#groups}}
        \(group)
        {{/groups}}
        \(ending)
        </body>
        </html>

        """

    private static let data = """
        {{#datasets}}
        <div class="box">
        <strong>Data: {{id}}</strong>{{#isFallback}} <span class="chip grey">small committed stand-in</span>{{/isFallback}}
        <br>{{records}} records; a record is {{record}}. Licence: {{licence}}.
        <br><span class="muted">SHA-256 <code>{{checksum}}</code></span>
        </div>
        {{/datasets}}
        """

    private static let group = """
        <section>
        <h2>{{heading}}</h2>
        {{#hasVictims}}
        <div class="scroll"><table>
        <thead><tr><th>Victim</th><th>Family</th><th>Defence</th><th class="n">Parameters</th>
        <th class="n">Records</th><th class="n">Steps</th><th>Utility</th><th class="n">Training</th>
        <th class="n nowrap">Held out</th><th class="n">Gap</th><th>ε</th></tr></thead>
        <tbody>
        {{#victims}}
        <tr><td class="nowrap"><strong>{{id}}</strong></td><td>{{family}}</td><td>{{defence}}</td><td class="n">{{parameters}}</td>
        <td class="n">{{records}}</td><td class="n">{{steps}}</td>
        <td>{{metric}}</td>
        <td class="n">{{training}}</td><td class="n">{{heldOut}}</td><td class="n">{{gap}}</td><td class="nowrap">{{epsilon}}</td></tr>
        {{#others}}<tr class="more"><td></td><td colspan="10" class="muted">{{.}}</td></tr>{{/others}}
        {{#promises}}
        <tr class="more"><td></td><td colspan="10"><details><summary>what this ε assumes</summary>
        <dl>{{#pairs}}<dt>{{key}}</dt><dd>{{text}}</dd>{{/pairs}}</dl></details></td></tr>
        {{/promises}}
        {{/victims}}
        </tbody></table></div>
        {{/hasVictims}}
        <div class="cards">{{#exhibits}}\(card){{/exhibits}}</div>
        {{#hasMembership}}
        <h3>Membership inference</h3>
        \(membership)
        {{/hasMembership}}
        <div class="cards">{{#curves}}\(card){{/curves}}</div>
        {{#games}}
        <h3>{{game}}</h3>
        \(measures)
        {{/games}}
        </section>
        """

    private static let membership = """
        <div class="scroll"><table>
        <thead><tr><th>Victim</th><th>Attack</th><th class="n">Members<br>/ not</th><th class="n">AUC</th>
        <th><span class="scale"><span>0</span><span>½</span><span>1</span></span></th>
        <th class="n">TPR @ 1 %<br>FPR</th><th class="n">TPR @ 0.1 %<br>FPR</th><th class="n">Cost</th></tr></thead>
        <tbody>
        {{#membership}}
        <tr><td class="nowrap">{{victim}}</td><td>{{attack}}{{#isControl}} <span class="chip grey">control</span>{{/isControl}}
        <br><span class="muted">{{signal}}</span></td><td class="n">{{candidates}}</td>
        <td class="n nowrap">{{auc}}</td><td>{{{whisker}}}</td>
        {{#rates}}<td class="n nowrap">{{#rate}}{{.}}<br>{{/rate}}
        {{#mark}}<span class="chip amber">{{.}}</span><br>{{/mark}}<span class="muted">{{realised}}</span></td>{{/rates}}
        <td class="n muted nowrap">{{#cost}}{{.}}<br>{{/cost}}</td></tr>
        {{#remarks}}<tr class="more"><td></td><td colspan="7" class="muted">{{.}}</td></tr>{{/remarks}}
        {{#further}}
        <tr class="more"><td></td><td colspan="7"><details><summary>more numbers</summary>
        <dl>{{#numbers}}<dt>{{key}}</dt><dd>{{text}}</dd>{{/numbers}}</dl></details></td></tr>
        {{/further}}
        {{/membership}}
        </tbody></table></div>
        <p class="legend">{{membershipLegend}}</p>
        """

    private static let measures = """
        <div class="scroll"><table>
        <thead><tr><th>Victim</th><th>Attack</th><th>Measure</th><th class="n">Value</th><th class="n">Control</th>
        <th class="n">Cost</th></tr></thead>
        <tbody>
        {{#rows}}
        <tr><td class="nowrap">{{victim}}</td><td>{{attack}}{{#isControl}} <span class="chip grey">control</span>{{/isControl}}</td>
        <td>{{measure}}</td><td class="n">{{value}}</td><td class="n muted">{{control}}</td>
        <td class="n muted nowrap">{{#cost}}{{.}}<br>{{/cost}}</td></tr>
        {{#remarks}}<tr class="more"><td></td><td colspan="5" class="muted">{{.}}</td></tr>{{/remarks}}
        {{/rows}}
        </tbody></table></div>
        """

    private static let card = """
        <figure>
        <figcaption><strong>{{title}}</strong> <span class="muted">{{victim}}</span><br>{{caption}}</figcaption>
        {{#figure}}<div class="plot">{{{.}}}</div>{{/figure}}
        <table class="pictures">
        {{#strips}}<tr><th>{{label}}</th><td><img alt="" src="data:image/png;base64,{{{png}}}" width="{{width}}"></td></tr>
        {{/strips}}</table>
        {{#sample}}<pre>{{.}}</pre>{{/sample}}
        </figure>
        """

    private static let ending = """
        <section>
        <h2>Expected relations</h2>
        <div class="scroll"><table>
        <thead><tr><th>Outcome</th><th>Kind</th><th>Relation</th><th>Numbers</th></tr></thead>
        <tbody>
        {{#relations}}
        <tr><td><span class="chip {{tone}}">{{outcome}}</span></td><td>{{kind}}</td><td>{{statement}}</td>
        <td class="muted">{{detail}}</td></tr>
        {{/relations}}
        {{^relations}}<tr><td colspan="4" class="muted">None.</td></tr>{{/relations}}
        </tbody></table></div>
        </section>
        <section class="box">
        <h2>What the numbers assume</h2>
        <ul>{{#assumptions}}<li>{{.}}</li>{{/assumptions}}{{^assumptions}}<li>Nothing was stated.</li>{{/assumptions}}</ul>
        </section>
        <section>
        <h2>Glossary</h2>
        <dl class="glossary">{{#glossary}}<dt>{{key}}</dt><dd>{{text}}</dd>{{/glossary}}</dl>
        </section>
        <footer>
        <h2>Environment</h2>
        <dl>{{#environment}}<dt>{{key}}</dt><dd><code>{{text}}</code></dd>{{/environment}}
        {{#timings}}<dt>{{key}}</dt><dd>{{text}}</dd>{{/timings}}</dl>
        </footer>
        """
}
